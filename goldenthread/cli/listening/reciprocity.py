"""`goldenthread reciprocity`: what passed between units, and how mutual it was; read through GraphQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import every_page
from goldenthread.cli.common.unit_lookup import unit_id
from goldenthread.cli.listening import listening_documents

_MUTUAL, _LOPSIDED = 2 / 3, 1 / 3
_NOTHING = "·"
_NAME = 8
_FIGURE = 4


def reciprocity(
    unit: Annotated[str | None, typer.Argument(help="Name or id of a unit; without it, a matrix of all units.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day that counts; by default the first day there is."),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Show what passed between units, and how mutual it was: 0 is one-way, 1 mutual."""
    first = str(since.date()) if since is not None else None
    with connect(data_dir, url, token, organization) as graphql:
        if unit is None:
            found = every_page(graphql, listening_documents.RECIPROCITY, "units", {"since": first})
        else:
            found = graphql.ask(listening_documents.UNIT_RECIPROCITY, {"unit": unit_id(graphql, unit), "since": first})
            if not found["node"]:
                raise CommandError(f"{unit} is no unit of this organization")
    if json:
        output.print_json(found)
        return
    data = output.printable(found)
    nodes = data["units"]["nodes"] if unit is None else [data["node"]]
    pairs = [pair for each in nodes for pair in each["reciprocity"]]
    if not pairs:
        output.note("Nothing has passed between units.")
    else:
        console = output.stdout()
        for table in (
            balance_matrix(pairs, console.width) if unit is None else [pair_table(data["node"]["name"], pairs)]
        ):
            console.print(table)


def balance_matrix(pairs: Sequence[Data], width: int) -> Iterator[Table]:
    """The balance of every pair of units between which something passed; columns are numbered as rows are.

    As many columns as fit `width`, the next ones in a table below.
    """
    names = {each["unit"]["id"]: each["unit"]["name"] for each in pairs}
    units = sorted(names, key=lambda id: (names[id], id))
    balance = {(each["unit"]["id"], each["other"]["id"]): each["balance"] for each in pairs}
    digits = len(str(len(units)))
    name = min(max(map(cell_len, names.values())), max(_NAME, width // 3))
    fit = max(1, (width - digits - name - 2) // (_FIGURE + 1))
    for first in range(0, len(units), fit):
        made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
        made.add_column("", justify="right", style="dim", width=digits)
        made.add_column("", no_wrap=True, width=name)
        shown = units[first : first + fit]
        for number, _ in enumerate(shown, first + 1):
            made.add_column(str(number), justify="right", no_wrap=True, width=_FIGURE)
        for number, one in enumerate(units, 1):
            made.add_row(str(number), Text(names[one]), *(_cell(balance.get((one, other))) for other in shown))
        yield made


def pair_table(unit: str, pairs: Sequence[Data]) -> Table:
    """What a unit told each other one (→) and was told by it (←), and what became of it."""
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    made.add_column("", min_width=_NAME, overflow="fold")
    for name in ("whys\nanswered", "questions\nanswered", "links\naccepted", "promises\nkept", "median\nhours"):
        made.add_column(name, justify="right", no_wrap=True)
    made.add_column("balance", justify="right", no_wrap=True)
    for each in pairs:
        other = each["other"]["name"]
        made.add_row(f"{unit} → {other}", *_counts(each), _cell(each["balance"]))
        for back in each["back"]["reciprocity"]:
            made.add_row(Text(f"{other} → {unit}", style="dim"), *_counts(back), "")
    return made


def _counts(pair: Data) -> list[str]:
    hours, promises = pair["medianAnswerHours"], pair["promisesKept"] + pair["promisesBroken"]
    return [
        _of(pair["whysAnswered"], pair["whysTold"]),
        _of(pair["questionsAnswered"], pair["questionsAsked"]),
        _of(pair["linksAccepted"], pair["linksProposed"]),
        _of(pair["promisesKept"], promises),
        _NOTHING if hours is None else f"{hours:.1f}",
    ]


def _of(some: int, every: int) -> str:
    return f"{some} of {every}" if some or every else _NOTHING


def _cell(balance: Any) -> Text:
    if balance is None:
        return Text(_NOTHING, style="dim")
    style = "green" if balance >= _MUTUAL else "yellow" if balance >= _LOPSIDED else "red"
    return Text(f"{balance:.2f}", style=style)
