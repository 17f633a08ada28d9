"""`goldenthread invite`: a person who has no login yet, and the secret with which they claim one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import GraphQLClient
from goldenthread.cli.common.paging import every_node
from goldenthread.cli.common.unit_lookup import unit_id
from goldenthread.cli.people import people_documents
from goldenthread.contracts.enums import Role

_IN_A_UNIT = (Role.LEAD, Role.MEMBER)


def invite(
    name: Annotated[str | None, typer.Argument(help="What the new person is called.")] = None,
    email: Annotated[str | None, typer.Option(help="Where they read mail. It never finds a person.")] = None,
    role: Annotated[Role | None, typer.Option(case_sensitive=False, help="What they may do; by default read.")] = None,
    unit: Annotated[str | None, typer.Option(help="Name or id of the unit, for LEAD and MEMBER.")] = None,
    person: Annotated[
        str | None, typer.Option(help="Name or id of a person who is here: invite them anew, instead of NAME.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Invite a person: print a secret with which they become this person once they have signed in, within seven days.

    Give it to that person and to nobody else. They claim it by POST to /invitations/claim.
    """
    if (name is None) == (person is None):
        raise CommandError("say who is invited: the NAME of somebody new, or --person for somebody who is here")
    if person is not None and (email, role, unit) != (None, None, None):
        raise CommandError("--person changes nothing else of them: leave --email, --role and --unit out")
    if person is None and (role in _IN_A_UNIT) != (unit is not None):
        raise CommandError(
            f"{role} is held in a unit: say which with --unit" if role in _IN_A_UNIT
            else "--unit is for --role lead and --role member"
        )  # fmt: skip
    with connect(data_dir, url, token, organization) as graphql:
        input: dict[str, Any] = {"person": person_id(graphql, person)} if person is not None else {
            "name": name,
            "email": email,
            "roles": [{"role": (role or Role.VIEWER).value, "unit": unit_id(graphql, unit) if unit else None}],
        }  # fmt: skip
        made = graphql.mutate(people_documents.INVITE, input)["invitePerson"]
    if json:
        output.print_json({"secret": made["secret"], **made["person"]})
        return
    output.note(
        output.printable(
            f"{made['person']['name']} is invited until {made['person']['invitedUntil'][:10]}. This is shown once;"
            " give it to them, and to nobody else:"
        )
    )
    print(made["secret"])


def person_id(graphql: GraphQLClient, text: str) -> str:
    """The id of the person with this id or name, case aside. Raises CommandError."""
    if text.startswith("person_"):
        return text
    found = every_node(graphql, people_documents.PEOPLE, "people", {"search": text})
    named = [each for each in found if each["name"].casefold() == text.casefold()]
    if len(named) == 1:
        return str(named[0]["id"])
    ids = ", ".join(each["id"] for each in named[:5])
    many = f"{len(named)} people are called “{text}”; give the id: {ids}"
    raise CommandError(many if named else f"nobody here is called “{text}”; `goldenthread people` lists everybody")
