"""`goldenthread remove-person`: somebody who leaves, once somebody has said that they mean it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.people import confirmation, people_documents
from goldenthread.cli.people.invite import person_id
from goldenthread.cli.people.people import roles


def remove_person(
    person: Annotated[str, typer.Argument(help="Name or id of a person who is here.")],
    successor: Annotated[
        str | None, typer.Option(help="Name or id of who takes over what they answer for, lead, sponsor and asked.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is done.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Remove a person: they read and do nothing any more, at once, and their roles end. What they did stays under their
    name, until they are erased: `goldenthread erase-person`.

    What they answer for, lead or sponsor goes to the successor; without one nobody has it.
    """
    with connect(data_dir, url, token, organization) as graphql:
        who = _person(graphql, person)
        heir = _person(graphql, successor) if successor is not None else None
        if not yes:
            _confirm(who, heir)
        input = {"person": who["id"], "successor": heir["id"] if heir else None}
        done = graphql.mutate(people_documents.REMOVE, input)
    if json:
        output.print_json(done)
        return
    takes_over = f"; {heir['name']} takes over" if heir else ""
    warnings = [str(each["message"]) for each in done["removePerson"]["warnings"]]
    said = [f"{who['name']} ({who['id']}) is removed{takes_over}.", *warnings]
    output.stdout().print(Text(output.printable("\n".join(said))), soft_wrap=True)


def _person(graphql: GraphQLClient, text: str) -> Data:
    """The person with this id or name. Raises CommandError."""
    found: Data | None = graphql.ask(people_documents.PERSON, {"id": person_id(graphql, text)})["node"]
    if not found:
        raise CommandError(f"{text} is nobody here; `goldenthread people` lists everybody")
    return found


def _confirm(who: Data, heir: Data | None) -> None:
    """Ask a person. Raises ChoiceNeeded where nobody is there to ask, or they do not say so."""
    called = f"{who['name']} ({who['id']})"
    takes_over = f"{heir['name']} ({heir['id']}) takes over." if heir else "Nobody takes over (--successor)."
    said = [f"{called}: {roles(who)}", takes_over]
    alone = f"this removes {called}, and nobody is here to ask; with --yes it is done"
    confirmation.require_word("remove", said, alone=alone, otherwise="nobody was removed")
