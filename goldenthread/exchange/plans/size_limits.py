"""How much one file may say beside its rows, whatever its format: each link and reading costs as much as a row."""

from __future__ import annotations

from collections.abc import Iterable

from goldenthread.contracts.plan import Plan, PlanRow
from goldenthread.exchange.tables.table import MAX_ROWS
from goldenthread.exchange.text.refusals import invalid

MAX_ENTRIES = 125_000
"""Links, readings and units of the rows of a file, and what customers said: all of them together."""


def count_entries(row: PlanRow) -> int:
    """How many links, readings and units a row has."""
    return len(row.parents) + len(row.readings) + len(row.co_owners) + len(row.invited) + len(row.audience)


def require_entries(found: int, most: int = MAX_ENTRIES) -> None:
    """Raises `Refused` for more than are read."""
    if found > most:
        raise invalid(f"its rows have more than {most:,} links, readings and units; split the file")


def require_rows(rows: Iterable[PlanRow]) -> None:
    """Raises `Refused` where these rows have too much beside them."""
    require_entries(sum(map(count_entries, rows)))


def require_plan(plan: Plan, most: int = MAX_ENTRIES) -> None:
    """Raises `Refused` for a plan that is larger than what goals takes in with the memory that it has."""
    if len(plan.rows) > MAX_ROWS:
        raise invalid(f"the plan has {len(plan.rows):,} rows, more than the {MAX_ROWS:,} that are read; split it")
    require_entries(sum(map(count_entries, plan.rows)) + len(plan.units) + len(plan.cycles) + len(plan.feedback), most)
