"""What a benchmark that compares engines prints: a row per case, size and engine; as a table or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from math import ceil

import msgspec
from rich.console import Console
from rich.table import Table

OURS = "golden thread"


class Row(msgspec.Struct, frozen=True):
    """One engine in one case. `ratio` is our throughput over this engine's; None: there is nothing to say."""

    case: str
    nodes: int
    engine: str
    events_per_s: float | None
    p50_us: float | None
    p99_us: float | None
    ratio: float | None = None


def row_of(case: str, nodes: int, engine: str, spent: Sequence[int], each: int = 1) -> Row:
    """A row from the nanoseconds spent on one commit after the other, `each` events in every one of them."""
    ordered = sorted(spent)
    p50, p99 = (round(ordered[ceil(len(ordered) * part) - 1] / 1000, 3) for part in (0.5, 0.99))
    return Row(case, nodes, engine, round(len(ordered) * each * 1e9 / max(1, sum(ordered)), 3), p50, p99)


def with_ratios(rows: Iterable[Row]) -> list[Row]:
    """The rows, each with the ratio to ours in the same case and size."""
    rows = list(rows)
    ours = {(row.case, row.nodes): row.events_per_s for row in rows if row.engine == OURS}
    return [msgspec.structs.replace(row, ratio=_ratio(ours.get((row.case, row.nodes)), row)) for row in rows]


def _ratio(ours: float | None, row: Row) -> float | None:
    if ours is None or not row.events_per_s:
        return None
    return 1.0 if row.engine == OURS else round(ours / row.events_per_s, 3)


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    """Print them on stdout."""
    if as_json:
        print(msgspec.json.encode(rows).decode())
        return
    table = Table("case", "nodes", "engine", "events/s", "p50 µs", "p99 µs", "ours ÷ it", row_styles=["", "dim"])
    for column in table.columns[3:] + table.columns[1:2]:
        column.justify, column.no_wrap = "right", True
    for row in rows:
        numbers = (row.events_per_s, row.p50_us, row.p99_us, row.ratio)
        table.add_row(row.case, f"{row.nodes:,}", row.engine, *map(_shown, numbers))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _shown(number: float | None) -> str:
    if number is None:
        return "–"
    return f"{number:,.0f}" if number >= 100 else f"{number:,.2f}"


def say(what: str) -> None:
    """Progress, on stderr, so that stdout is only the result."""
    print(what, file=sys.stderr, flush=True)
