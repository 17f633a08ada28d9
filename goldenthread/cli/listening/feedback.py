"""`goldenthread feedback`: what customers said and were told, what nobody outside speaks of; and recording more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.paging import every_page
from goldenthread.cli.common.unit_lookup import unit_id
from goldenthread.cli.listening import listening_documents
from goldenthread.cli.listening.feedback_recording import record_feedback
from goldenthread.exchange import feedback_csv


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
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """List what customers said and what they were told; or record it from a file.

    Cells of `about` name goals by id or title, one a line (or with | between). The same file again within 30 days
    records nothing.
    """
    _one_thing(file, dry_run, unlinked or unit is not None, goals)
    with connect(data_dir, url, token, organization) as graphql:
        if file is not None:
            record_feedback(graphql, file, dry_run, json)
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


def _list(graphql: GraphQLClient, unlinked: bool, unit: str | None, json: bool) -> None:
    asked = {"linked": False if unlinked else None, "unit": unit_id(graphql, unit) if unit else None}
    found = every_page(graphql, listening_documents.FEEDBACK, "feedback", asked)
    if json:
        output.print_json(found)
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
        output.print_json(found)
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
