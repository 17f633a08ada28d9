"""`goldenthread erase-person`: what is kept of who was removed is erased, once somebody has said that they mean it."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import ChoiceNeeded, CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.paging import every_node
from goldenthread.cli.people import confirmation, erasure_documents

_ID = re.compile(r"person_[0-9A-Za-z_-]+")
_MOST_NAMED = 8


def erase_person(
    person: Annotated[str, typer.Argument(help="The id of who was removed, or words of their name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is done.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be erased, and erase nothing.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Erase the name, e-mail address and login of a person who was removed, or of a service account that was revoked.

    It cannot be undone. What they did stays, as done by a person who was erased, and so do texts that people wrote.
    Whoever restores a backup of before erases the person there again: `goldenthread erasures`.
    """
    with connect(data_dir, url, token, organization) as graphql:
        id = former_person(graphql, person)
        if dry_run or not yes:
            tried = graphql.mutate(erasure_documents.ERASE, {"person": id, "dryRun": True})
            if not dry_run:
                _confirm(tried["erasePerson"])
        done = tried if dry_run else graphql.mutate(erasure_documents.ERASE, {"person": id})
    if json:
        output.print_json(done)
        return
    found = done["erasePerson"]
    what = f"{_called(found)} would be erased" if dry_run else f"{id} is erased"
    output.stdout().print(Text(output.printable("\n".join([what, *_warnings(found)]))), soft_wrap=True)


def former_person(graphql: GraphQLClient, text: str) -> str:
    """The id that `text` is, or that of the one person with it in their name who was removed. Raises CommandError."""
    if _ID.fullmatch(text):
        return text
    found = every_node(graphql, erasure_documents.FORMER, "formerPeople", {"text": text})
    exact = [each for each in found if each["name"].casefold() == text.casefold()]
    chosen = exact if len(exact) == 1 else found
    if len(chosen) == 1:
        return str(chosen[0]["id"])
    if not chosen:
        removed_first = "who is still here is removed first (`goldenthread remove-person`)"
        raise CommandError(f"nobody who was removed is called “{text}”; {removed_first}")
    names = [f"  {each['id']}  {each['name']}" for each in chosen[:_MOST_NAMED]]
    more = [f"  … and {len(chosen) - _MOST_NAMED} more"] if len(chosen) > _MOST_NAMED else []
    listed = "\n".join([*names, *more])
    raise ChoiceNeeded(f"{len(chosen)} who were removed have “{text}” in their name; say which by the id:\n{listed}")


def _confirm(tried: Data) -> None:
    """Ask a person. Raises ChoiceNeeded where nobody is there to ask, or they do not say so."""
    alone = f"this erases {_called(tried)} for good, and nobody is here to ask; with --yes it is done"
    said = [_called(tried), *_warnings(tried)]
    confirmation.require_word("erase", said, alone=alone, otherwise="nothing was erased")


def _called(payload: Data) -> str:
    person = payload["person"]
    return f"{person['name']} ({person['id']})"


def _warnings(payload: Data) -> list[str]:
    return [str(each["message"]) for each in payload["warnings"]]
