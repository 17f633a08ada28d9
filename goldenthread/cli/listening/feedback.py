"""`goldenthread feedback`: what customers said and were told, what nobody outside speaks of; and recording more."""

from __future__ import annotations

import hashlib
import json as plain
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output, shared_documents
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.paging import every_node, every_page
from goldenthread.cli.common.unit_lookup import unit_id
from goldenthread.cli.listening import listening_documents
from goldenthread.contracts.errors import Refused
from goldenthread.exchange import feedback_csv
from goldenthread.exchange.feedback_csv import Item

_MOST_SHOWN = 20
_COLUMNS = {"source": "source", "body": "body", "segment": "segment", "receivedAt": "received at", "about": "about"}
_KINDS = ("purpose_", "why_", "objective_", "keyresult_")


def feedback(
    file: Annotated[
        Path | None,
        typer.Option(help=f"Record every row of this CSV, or none; its columns: {', '.join(feedback_csv.COLUMNS)}."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --file: check every row, record nothing.")] = False,
    unlinked: Annotated[bool, typer.Option("--unlinked", help="Only what is about no goal yet.")] = False,
    unit: Annotated[str | None, typer.Option(help="Only what is about goals of this unit and those below it.")] = None,
    goals: Annotated[
        bool, typer.Option("--goals", help="List the whys and objectives without outside evidence.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """List what customers said and what they were told; or record it from a file.

    Cells of `about` name goals by id or title, one a line (or with | between). The same file again within 30 days
    records nothing.
    """
    _one_thing(file, dry_run, unlinked or unit is not None, goals)
    with connect(data_dir, url, token) as graphql:
        if file is not None:
            _record(graphql, file, dry_run, json)
        elif goals:
            _without_evidence(graphql, json)
        else:
            _list(graphql, unlinked, unit, json)


def _one_thing(file: Path | None, dry_run: bool, chosen: bool, goals: bool) -> None:
    if dry_run and file is None:
        raise typer.BadParameter("it says what recording a file would do; name one with --file", param_hint="--dry-run")
    if (file is not None) + chosen + goals > 1:
        raise typer.BadParameter(
            "--file records, --goals lists goals, --unlinked and --unit choose feedback: one of them"
        )


# -- listing -----------------------------------------------------------------------------------------------------------


def _list(graphql: GraphQLClient, unlinked: bool, unit: str | None, json: bool) -> None:
    asked = {"linked": False if unlinked else None, "unit": unit_id(graphql, unit) if unit else None}
    found = every_page(graphql, listening_documents.FEEDBACK, "feedback", asked)
    if json:
        output.as_json(found)
        return
    if not found["feedback"]["nodes"]:
        output.note("No feedback of this kind is recorded.")
        return
    _show(output.stdout(), output.printable(found["feedback"]["nodes"]))


def _show(console: Console, items: list[Data]) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("received", "source", "segment", "sentiment", "said", "about", "response"):
        table.add_column(name, overflow="fold")
    for each in items:
        responses = (f"{_name(said['unit'])}: {said['outcome']} “{said['body']}”" for said in each["responses"])
        about = "\n".join(goal["title"] for goal in each["about"])
        cells = (each["source"], each["segment"] or "", each["sentiment"] or "", each["body"], about or "(unlinked)")
        table.add_row(each["receivedAt"][:10], *map(Text, cells), Text("\n".join(responses) or "–"))
    console.print(table)


def _name(unit: Data | None) -> str:
    return str(unit["name"]) if unit else "somebody"


def _without_evidence(graphql: GraphQLClient, json: bool) -> None:
    whys = every_page(graphql, listening_documents.UNHEARD_WHYS, "whys", {})
    found = whys | every_page(graphql, listening_documents.UNHEARD_OBJECTIVES, "objectives", {})
    if json:
        output.as_json(found)
        return
    goals = [*found["whys"]["nodes"], *found["objectives"]["nodes"]]
    if not goals:
        output.note("Customers spoke of every why and objective.")
    for each in output.printable(goals):
        owners = ", ".join(owner["name"] for owner in each["owners"])
        kind = each["__typename"].lower()
        output.stdout().print(
            Text.assemble((f"{kind:<10}", "dim"), each["title"], (f"  {owners}  {each['id']}", "dim"))
        )


# -- recording ---------------------------------------------------------------------------------------------------------


def _record(graphql: GraphQLClient, file: Path, dry_run: bool, json: bool) -> None:
    """All rows of the file in one command, under a key that is made of what they say."""
    items = _read(file)
    said = _inputs(items, _goals_named(graphql, items))
    digest = hashlib.sha256(plain.dumps(said).encode()).hexdigest()
    key = {} if dry_run else {"idempotencyKey": f"feedback-{digest}"}
    before = graphql.ask(shared_documents.STATUS)["organization"]["revision"]
    data = graphql.ask(listening_documents.RECORD_FEEDBACK, {"input": {"items": said, "dryRun": dry_run, **key}})
    payload = data["recordFeedbackItems"]
    if payload["errors"]:
        raise _refusal(_refused_at(items, each) for each in payload["errors"])
    if json:
        output.as_json(data)
        return
    number = f"{len(items)} item{'s' if len(items) != 1 else ''}"
    if dry_run:
        print(f"{number} would be recorded")
    else:
        print(f"{number} recorded" if payload["revision"] > before else f"{number}: recorded before, nothing changed")


def _read(file: Path) -> list[Item]:
    try:
        return feedback_csv.read(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror or error}") from error
    except Refused as refused:
        raise _refusal(each.message for each in refused.problems) from None


def _goals_named(graphql: GraphQLClient, items: list[Item]) -> dict[str, list[str]]:
    """The ids of the goals under way by title, case aside; empty when the file names none by title."""
    titles: dict[str, list[str]] = defaultdict(list)
    if any(not _is_id(name) for item in items for name in item.about):
        for goal in every_node(graphql, listening_documents.GOALS_NAMED, "goalTree"):
            titles[" ".join(goal["title"].split()).casefold()].append(goal["id"])
    return titles


def _inputs(items: list[Item], titles: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The items as GraphQL takes them. Raises CommandError with every goal that is not known, or not the only one."""
    problems: list[str] = []
    said = []
    for item in items:
        about = []
        for name in item.about:
            found = [name] if _is_id(name) else titles.get(name.casefold(), [])
            if len(found) == 1:
                about += found
                continue
            many = f"{len(found)} goals are called “{name}”; give the id: {', '.join(found[:5])}"
            problem = many if found else f"no goal under way is called “{name}”; write a title or an id"
            problems.append(f"line {item.line}, column about: {problem}")
        said.append(
            {
                "source": item.source,
                "segment": item.segment,
                "body": item.body,
                "sentiment": item.sentiment,
                "receivedAt": item.received_at.isoformat() if item.received_at else None,
                "about": list(dict.fromkeys(about)),
            }
        )
    if problems:
        raise _refusal(problems)
    return said


def _is_id(name: str) -> bool:
    return name.startswith(_KINDS) and " " not in name


def _refused_at(items: list[Item], error: Data) -> str:
    """A refusal of the command in the words of the file: its path names the item and the field."""
    path = [str(each) for each in error["path"]]
    where = ""
    if len(path) > 1 and path[0] == "items" and path[1].isdigit() and int(path[1]) < len(items):
        column = _COLUMNS.get(path[2]) if len(path) > 2 else None
        where = f"line {items[int(path[1])].line}" + (f", column {column}" if column else "") + ": "
    return f"{where}{error['message']} ({error['code']})"


def _refusal(messages: Any) -> CommandError:
    found = list(messages)
    more = [f"… and {len(found) - _MOST_SHOWN} more"] if len(found) > _MOST_SHOWN else []
    return CommandError("\n".join(["nothing was recorded:", *found[:_MOST_SHOWN], *more]))
