"""Days and periods of key results: they have those of the objective that they measure, and none of their own."""

from __future__ import annotations

from collections.abc import Sequence

from goldenthread.contracts.plan import PlanRow, RowType
from goldenthread.contracts.texts import folded
from goldenthread.exchange import periods

_NAMED = 5


def notes(rows: Sequence[PlanRow]) -> list[str]:
    """What a person is told where key results have other days, or another period, than their objective says."""
    objectives = {row.row: row for row in rows if row.type is RowType.OBJECTIVE}
    found = [
        row.line
        for row in rows
        if row.type is RowType.KEY_RESULT
        and any(each.row in objectives and _differ(row, objectives[each.row]) for each in row.parents[:1])
    ]
    if not found:
        return []
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return [
        "a key result has the days and the period of its objective; those of its own were not taken: "
        f"{', '.join(found[:_NAMED])}{more}"
    ]


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
    period = periods.read(one)
    return period is not None and period == periods.read(other)
