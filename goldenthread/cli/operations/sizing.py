"""`goldenthread sizing`: how much an installation needs."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich import box
from rich.table import Table

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.sizing.answer import Sizing, SizingLine, size
from goldenthread.sizing.demand import GROWTH, LARGEST_POSSIBLE, PEAK, SKEW, Demand


def sizing(
    organizations: Annotated[int, typer.Option(min=1, help="How many organizations there will be.")],
    goals: Annotated[float, typer.Option(min=1, help="Goals of an organization, on average.")] = 200,
    people: Annotated[float, typer.Option(min=1, help="People of an organization, on average.")] = 50,
    changes: Annotated[
        float, typer.Option("--changes-per-person-per-week", min=0.01, help="Changes that a person makes in a week.")
    ] = 5,
    largest: Annotated[
        int | None, typer.Option(min=1, max=LARGEST_POSSIBLE, help="Goals of the largest organization.")
    ] = None,
    skew: Annotated[
        float, typer.Option(help="How unequal sizes are: the exponent of their tail, above 1; 1.2 is very unequal.")
    ] = SKEW,
    peak: Annotated[float, typer.Option(min=1, help="The busiest hour to the mean of a week.")] = PEAK,
    growth: Annotated[
        float, typer.Option(min=1, help="How many times as many organizations the partitions are to be enough for.")
    ] = GROWTH,
    partitions: Annotated[
        int | None, typer.Option(min=1, max=1_000, help="Of an installation that has been set up already.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Say how many partitions and replicas, how much memory and disk, and how many connections an installation needs.

    It asks nobody: the answer follows from figures that were measured, and beside each number is what it follows from.
    `docs/operations.md` says how to measure them on your own machines.
    """
    try:
        demand = Demand(
            organizations=organizations, goals=goals, people=people, changes=changes, largest=largest, skew=skew,
            peak=peak, growth=growth,
        )  # fmt: skip
    except ValueError as error:
        raise CommandError(str(error)) from None
    found = size(demand, partitions)
    if json:
        output.print_json(msgspec.to_builtins(found), one_line=not output.is_terminal())
    else:
        _show(found)


def _show(found: Sizing) -> None:
    table = Table("what", "how much", "because", box=box.SIMPLE_HEAD)
    table.columns[1].justify, table.columns[1].no_wrap = "right", True
    for line in found.lines:
        table.add_row(line.what, shown(line), line.because)
    output.stdout().print(table)


def shown(line: SizingLine) -> str:
    """The number as people read it: one digit of what is below 1, two of what is below 10."""
    value = line.value
    if value == round(value) or value >= 10:
        number = f"{value:,.0f}"
    else:
        number = f"{value:.1f}" if value >= 1 else f"{value:.1g}"
    return f"{number} {line.unit}".strip()
