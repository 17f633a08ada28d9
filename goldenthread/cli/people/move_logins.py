"""`goldenthread move-logins`: logins that move to another identity provider, in as many commands as it takes."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.people import people_documents

MOST = 5_000
"""Logins of a file that one command names."""
_LARGEST = 10 * 2**20
"""Bytes of a file of subjects."""


def move_logins(
    from_issuer: Annotated[str, typer.Argument(metavar="FROM", help="The issuer (`iss`) of the logins as they are.")],
    to_issuer: Annotated[str, typer.Argument(metavar="TO", help="The issuer of the logins as they will be.")],
    subjects: Annotated[
        Path | None,
        typer.Option(help="CSV file with two columns, subject before and after; only these logins move then."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who would move, and who cannot.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Move the logins of an issuer to another one, of people and service accounts; each is recorded in the history.

    A login that is somebody else's at the new issuer stays. Your own moves, too: the next request needs a new token.
    """
    named = _subjects(subjects) if subjects is not None else []
    asked: Data = {"fromIssuer": from_issuer, "toIssuer": to_issuer, "dryRun": dry_run}
    parts = [named[at : at + MOST] for at in range(0, len(named), MOST)] or [[]]
    with connect(data_dir, url, token, organization) as graphql:
        answers = [each for part in parts for each in _moved(graphql, {**asked, "subjects": part})]
    moved = sum(each["moved"] for each in answers)
    conflicts = _conflicts(answers)
    if json:
        output.print_json(
            {"moved": moved, "dryRun": dry_run, "remaining": answers[-1]["remaining"], "conflicts": conflicts}
        )
        return
    print(f"{moved:,} {'login' if moved == 1 else 'logins'} {'would move' if dry_run else 'moved'}.")
    for each in output.printable(conflicts):
        person, holder = _name(each["person"]), _name(each["holder"])
        output.stderr().print(f"{person} stays: at the new issuer this login is {holder}'s.")
    if not dry_run and (left := answers[-1]["remaining"]):
        output.stderr().print(f"{left:,} stay at {output.printable(from_issuer)}.")


def _moved(graphql: GraphQLClient, input: Data) -> list[Data]:
    """The answers of as many commands as move everything that can. A dry run is one."""
    found: list[Data] = []
    while True:
        answer: Data = graphql.mutate(people_documents.MOVE_LOGINS, input)["moveLogins"]
        found.append(answer)
        own = any("own login" in each["message"] for each in answer["warnings"])
        if input["dryRun"] or not answer["moved"] or not answer["remaining"] or own:
            return found


def _conflicts(answers: list[Data]) -> list[Data]:
    """Whose login stays, each once, and whose it is at the new issuer."""
    return list({(each["person"] or {}).get("id"): each for answer in answers for each in answer["conflicts"]}.values())


def _subjects(file: Path) -> list[Data]:
    """What a file of subjects says. Raises CommandError."""
    try:
        if file.stat().st_size > _LARGEST:
            raise CommandError(f"{file} is larger than {_LARGEST // 2**20} MiB; split it")
        rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{file} cannot be read: {error}") from error
    if not rows:
        raise CommandError(f"{file} names no login; leave --subjects out to move all of them")
    for number, row in enumerate(rows, 1):
        if len(row) != 2:
            raise CommandError(f"{file}, line {number}: two columns are expected, subject before and after")
    return [{"before": before.strip(), "after": after.strip()} for before, after in rows]


def _name(person: Data | None) -> str:
    return str(person["name"]) if person else "a service account"
