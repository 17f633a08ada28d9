"""`goldenthread people`: who is here, what they may do, and who has not signed in yet; read through GraphQL."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import every_page
from goldenthread.cli.common.unit_lookup import unit_id
from goldenthread.cli.people import people_documents

_DAY = 10
"""Characters of a day in an ISO time."""


def people(
    search: Annotated[str | None, typer.Argument(help="A part of the names to be listed.")] = None,
    unit: Annotated[str | None, typer.Option(help="Name or id of a unit; by default everybody.")] = None,
    not_signed_in: Annotated[
        bool, typer.Option("--not-signed-in", help="Only people who have never signed in.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """List people with their roles, and since when they have signed in, until when they are invited, or neither."""
    with connect(data_dir, url, token, organization) as graphql:
        asked = {
            "search": search,
            "unit": unit_id(graphql, unit) if unit else None,
            "signedIn": False if not_signed_in else None,
        }
        found = every_page(graphql, people_documents.PEOPLE, "people", asked)
    if json:
        output.print_json(found)
        return
    rows = output.printable(found["people"]["nodes"])
    if not rows:
        output.note("Everybody has signed in." if not_signed_in else "Nobody is found.")
        return
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in ("name", "roles", "signed in"):
        table.add_column(heading, header_style="dim", overflow="fold")
    for row in rows:
        table.add_row(row["name"], roles(row), _signed_in(row))
    output.stdout().print(table)


def roles(person: Data) -> str:
    """What a person may do, and where."""
    said = (
        f"{each['role'].lower()}{' of ' + each['unit']['name'] if each['unit'] else ''}" for each in person["roles"]
    )
    return ", ".join(said) or "–"


def _signed_in(person: Data) -> Text:
    if person["invitedUntil"] is not None:
        return Text(f"invited until {person['invitedUntil'][:_DAY]}", style="cyan")
    if not person["signsIn"]:
        return Text("cannot sign in: invite them", style="red")
    if person["signedInAt"] is None:
        return Text("not yet", style="yellow")
    return Text(f"since {person['signedInAt'][:_DAY]}")
