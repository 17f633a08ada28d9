"""`goldenthread turns`: everything whose next move is the caller's, or a unit's; read through GraphQL."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.paging import every_page
from goldenthread.cli.common.unit_lookup import unit_id
from goldenthread.cli.listening import listening_documents


def turns(
    unit: Annotated[str | None, typer.Option(help="Name or id of a unit; by default yours.")] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """List everything whose next move is yours, or a unit's, most overdue first."""
    with connect(data_dir, url, token, organization) as graphql:
        found = every_page(
            graphql, listening_documents.TURNS, "myTurn", {"unit": unit_id(graphql, unit) if unit else None}
        )
    if json:
        output.print_json(found)
        return
    if not found["myTurn"]["nodes"]:
        output.note("Nobody waits for you.")
    for each in found["myTurn"]["nodes"]:
        late = Text("overdue  ", style="red") if each["overdue"] else Text("         ")
        head = Text.assemble(late, (f"{each['kind']:<20}", "dim"))
        output.print_hanging(output.stdout(), head, output.printable(each["nextStep"]))
