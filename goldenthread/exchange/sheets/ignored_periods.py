"""Days and periods of rows that have none of their own: key results have those of their objective, a why lasts until it
is retired.
"""

from __future__ import annotations

from collections.abc import Sequence

from goldenthread.contracts.plan import PlanRow, RowType
from goldenthread.contracts.texts import first_of, folded
from goldenthread.exchange.dates import periods

_NAMED = 5


def ignored_period_notes(rows: Sequence[PlanRow]) -> list[str]:
    """What a person is told of days and periods that are not taken: of a key result that differ from those of its
    objective, and of a purpose or a why.
    """
    lasting = [row.line for row in rows if row.type in (RowType.PURPOSE, RowType.WHY) and _has_days(row)]
    return [*_told(lasting, "a purpose or a why lasts until it is replaced or retired"), *_of_results(rows)]


def _of_results(rows: Sequence[PlanRow]) -> list[str]:
    objectives = {row.row: row for row in rows if row.type is RowType.OBJECTIVE}
    found = [
        row.line
        for row in rows
        if row.type is RowType.KEY_RESULT
        and any(each.row in objectives and _differ(row, objectives[each.row]) for each in row.parents[:1])
    ]
    return _told(found, "a key result has the days and the period of its objective")


def _told(lines: list[str], why: str) -> list[str]:
    if not lines:
        return []
    return [f"{why}; days and a period of its own were not taken: {first_of(lines, _NAMED)}"]


def _has_days(row: PlanRow) -> bool:
    return bool(row.cycle or row.starts_on or row.ends_on)


def _differ(result: PlanRow, objective: PlanRow) -> bool:
    """Days are compared with days: those of a period are not known here."""
    if result.cycle and (not objective.cycle or not _same_period(result.cycle, objective.cycle)):
        return True
    if objective.starts_on is None and objective.ends_on is None and objective.cycle:
        return False
    return result.starts_on not in (None, objective.starts_on) or result.ends_on not in (None, objective.ends_on)


def _same_period(one: str, other: str) -> bool:
    if folded(one) == folded(other):
        return True
    period = periods.parse_period(one)
    return period is not None and period == periods.parse_period(other)
