"""`health`: how much of the work traces back to the purpose, of every unit and per day; read through GraphQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, ActIn, DataDir, Json, Token, Url, connect
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.paging import every_page
from goldenthread.cli.common.unit_lookup import unit_id
from goldenthread.cli.goals import goal_documents

_WIDTH, _SHORT = 12, 8
"""Cells of a bar, and of one on a terminal."""
_NAME = 10
_DAYS = 14
_ROOM = 65
"""Columns of a terminal that names and figures take, before the days."""
_STEPS = "▁▂▃▅▇"
_GAP = " "
STATE_BARS = {
    "aligned": ("█", "green"),
    "unexplained": ("▓", "yellow"),
    "pending": ("▒", "cyan"),
    "orphaned": ("░", "red"),
}
"""How each part of a bar looks: by colour, and without one by shade."""


def health(
    unit: Annotated[str | None, typer.Argument(help="Name or id of a unit; by default all units.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of the sparkline; by default two weeks ago."),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    url: Url = None,
    token: Token = None,
    organization: ActIn = None,
    json: Json = False,
) -> None:
    """Show per unit how much of the work traces back to the purpose, who was heard, and how that went day by day."""
    first = since.date() if since is not None else datetime.now(UTC).date() - timedelta(days=_DAYS)
    with connect(data_dir, url, token, organization) as graphql:
        data = _of_unit(graphql, unit, first) if unit is not None else _of_all(graphql, first)
    if json:
        output.print_json(data)
        return
    rows = [data["node"]] if unit is not None else [_whole(data["organization"]), *data["units"]["nodes"]]
    console = output.stdout()
    days = table_fits(rows, console.width)
    console.print(health_table(output.printable(rows), first, output.is_terminal(), days=days))
    output.note("   ".join(f"{sign} {name}" for name, (sign, _) in STATE_BARS.items()))
    output.note("hours: medians until a why is answered / until a customer is")
    if not days:
        output.note("The days do not fit; widen the terminal, or begin later with --since.")


def _of_unit(graphql: GraphQLClient, unit: str, since: date) -> Data:
    data = graphql.ask(goal_documents.UNIT_HEALTH, {"unit": unit_id(graphql, unit), "since": str(since)})
    if not data["node"]:
        raise CommandError(f"{unit} is no unit of this organization")
    return data


def _of_all(graphql: GraphQLClient, since: date) -> Data:
    """The organization, and every page of units, as one answer."""
    asked = {"since": str(since)}
    return graphql.ask(goal_documents.HEALTH, asked) | every_page(graphql, goal_documents.UNITS_HEALTH, "units", asked)


def _whole(organization: Data) -> Data:
    """The organization under a name of its own: the unit at the top, which counts only what it owns, has the same."""
    return organization | {"name": f"{organization['name']} (all)"}


def table_fits(rows: Sequence[Data], width: int) -> bool:
    """Have the days of these rows room beside their figures?"""
    return width >= _ROOM + max(len(aligned_shares(row["health"]["history"])) for row in rows)


def health_table(rows: Sequence[Data], since: date, short: bool, *, days: bool = True) -> Table:
    """The organization and its units, each on a line; `short` heads the counts with the signs of the bar.

    `days`: with a sparkline of them.
    """
    made = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    width = _SHORT if short else _WIDTH
    made.add_column("", min_width=_NAME)
    made.add_column("", no_wrap=True, min_width=width)
    for name, (sign, style) in STATE_BARS.items():
        made.add_column(sign if short else name, justify="right", style=style, no_wrap=True)
    for name in ("answered", "outside in", "depth", "hours"):
        made.add_column(name.replace(" ", "\n" if short else " "), justify="right", no_wrap=True)
    if days:
        made.add_column(f"since\n{since}" if short else f"since {since}", no_wrap=True)
    for number, row in enumerate(rows):
        found = row["health"]
        made.add_row(
            Text(row["name"], style="bold" if number == 0 and len(rows) > 1 else ""),
            health_bar(found, width),
            *(str(found[name]) for name in STATE_BARS),
            f"{found['cascadeCoverage']:.0%}",
            f"{found['outsideInCoverage']:.0%}",
            _median(found["medianDepth"]),
            f"{_median(found['medianAnswerHours'])}/{_median(found['medianResponseHours'])}",
            *([sparkline(aligned_shares(found["history"]))] if days else []),
        )
    return made


def health_bar(health: Mapping[str, int], width: int = _WIDTH) -> Text:
    """What the objectives come to, side by side; empty where there are none."""
    parts = bar_widths([health[name] for name in STATE_BARS], width)
    return Text.assemble(
        *((sign * part, style) for (sign, style), part in zip(STATE_BARS.values(), parts, strict=True))
    )


def bar_widths(counts: Sequence[int], width: int) -> list[int]:
    """How many of `width` cells each count gets: in proportion, and one at least where it is not 0.

    They fill `width` exactly (which has room for all), unless every count is 0.
    """
    total = sum(counts)
    found = [max(1, count * width // total) if count else 0 for count in counts]
    while total and (left := width - sum(found)):
        # Where it changes the proportions least: to whom most is missing, or from whom has most too much.
        due = [count * width / total - part for count, part in zip(counts, found, strict=True)]
        fit = [n for n, part in enumerate(found) if counts[n] and (left > 0 or part > 1)]
        chosen = max(fit, key=due.__getitem__) if left > 0 else min(fit, key=due.__getitem__)
        found[chosen] += 1 if left > 0 else -1
    return found


def aligned_shares(history: Sequence[Data]) -> list[float | None]:
    """The share aligned of every day from the first to the last; None where there was no objective."""
    known = {date.fromisoformat(each["on"]): each for each in history if each["objectives"]}
    if not known:
        return []
    first, last = min(known), max(known)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [known[day]["aligned"] / known[day]["objectives"] if day in known else None for day in days]


def sparkline(shares: Sequence[float | None]) -> str:
    """Shares of 0..1 as steps. The highest is all of it: one objective that is not aligned shows."""
    return "".join(_GAP if share is None else _STEPS[int(share * (len(_STEPS) - 1))] for share in shares)


def _median(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")
