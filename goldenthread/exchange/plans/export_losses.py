"""What a format cannot say of a plan. It is told at every export, with how much of it there is; nothing else is lost.

JSON and StratML say all of a plan but what `COMMON_LOSSES` names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanReading, PlanRow
from goldenthread.exchange.text.tidying import one_line
from goldenthread.exchange.values.owner_names import has_email

_ID = re.compile(r"\(unit_[0-9A-Za-z_-]+\)\Z", re.ASCII)


def _as_it_is(plan: Plan) -> Plan:
    return plan


class Loss(NamedTuple):
    """Something that a format cannot say. `count` is how much of it a plan has, `without` is the plan without it."""

    words: str
    count: Callable[[Plan], int]
    without: Callable[[Plan], Plan]


def loss_notes(plan: Plan, format: PlanFormat) -> list[str]:
    """What `plan` has that `format` cannot say, each with how much of it there is."""
    return [loss.words.format(number) for loss in losses(format) if (number := loss.count(plan))]


def without_losses(plan: Plan, format: PlanFormat) -> Plan:
    """`plan` without what `format` cannot say."""
    for loss in losses(format):
        plan = loss.without(plan)
    return plan


def losses(format: PlanFormat) -> list[Loss]:
    """Everything that a format cannot say."""
    return COMMON_LOSSES + (SHEET_LOSSES if format is PlanFormat.OKR_SHEET else [])


def _rows(change: Callable[[PlanRow], PlanRow]) -> Callable[[Plan], Plan]:
    return lambda plan: replace(plan, rows=[change(row) for row in plan.rows])


def _changed(change: Callable[[PlanRow], PlanRow]) -> Callable[[Plan], int]:
    return lambda plan: sum(change(row) != row for row in plan.rows)


def _of_rows(words: str, change: Callable[[PlanRow], PlanRow]) -> Loss:
    return Loss(words, _changed(change), _rows(change))


# -- a sheet -----------------------------------------------------------------------------------------------------------


def _day_only(row: PlanRow) -> PlanRow:
    said = [PlanReading(each.value, each.on, one_line(each.note or "") or None) for each in row.readings]
    return replace(row, readings=said)


def _one_line_each(row: PlanRow) -> PlanRow:
    """With several parents a cell has one line for each."""
    if len(row.parents) < 2:
        return row
    return replace(row, parents=[_on_one_line(each) for each in row.parents])


def _on_one_line(parent: PlanParent) -> PlanParent:
    because, in_return = (text and one_line(text) for text in (parent.because, parent.in_return))
    return replace(parent, because=because, in_return=in_return)


def _placed(plan: Plan) -> int:
    """Units that are not directly below the root, do something that a new unit would not do, or own nothing here."""
    tops = {each.key or each.name for each in plan.units if each.top}
    owning = {name for row in plan.rows for name in (row.unit, *row.co_owners, *row.invited, *row.audience)}
    return sum(
        not each.top
        and (
            (each.key is None and each.parent not in tops)
            or each.function not in (None, "BUSINESS")
            or (each.key or each.name) not in owning
        )
        for each in plan.units
    )


def _cycles_beyond(plan: Plan) -> int:
    """Cycles of which no sheet says the days: those of its rows tell others, or it has none."""
    found = 0
    for cycle in plan.cycles:
        rows = [row for row in plan.rows if row.cycle == cycle.name]
        starts = [row.starts_on or cycle.starts_on for row in rows]
        ends = [row.ends_on or cycle.ends_on for row in rows]
        found += not rows or (min(starts), max(ends)) != (cycle.starts_on, cycle.ends_on)
    return found


def _by_id(plan: Plan) -> int:
    """Units that have their id in what they are called by: the way to them is another's, too."""
    return sum(_ID.search(each.key or "") is not None for each in plan.units)


SHEET_LOSSES = [
    Loss("the names of units that share the way to them, and are called by their id elsewhere ({})", _by_id, _as_it_is),
    Loss("what customers said ({})", lambda plan: len(plan.feedback), lambda plan: replace(plan, feedback=[])),
    Loss("where units stand and what they do ({})", _placed, lambda plan: replace(plan, units=[])),
    Loss("the days of cycles ({})", _cycles_beyond, lambda plan: replace(plan, cycles=[])),
    _of_rows("how confident people are ({})", lambda row: replace(row, confidence=None)),
    _of_rows("of readings the time, the status, the confidence, and lines of their notes ({})", _day_only),
    _of_rows("why whys are there, besides what their first link says ({})", lambda row: replace(row, because=None)),
    _of_rows("where lines end in what is said of several parents of a goal ({})", _one_line_each),
]


# -- every format ------------------------------------------------------------------------------------------------------


def _like_people(plan: Plan) -> Iterator[str]:
    """Units of whose names no unit is ever made."""
    return (each.key or each.name for each in plan.units if has_email(each.name) or has_email(each.key or ""))


def _without_people(plan: Plan) -> Plan:
    return replace(plan, units=[each for each in plan.units if not (has_email(each.name) or has_email(each.key or ""))])


COMMON_LOSSES = [
    Loss(
        "units that are called as an e-mail address is, without which an import elsewhere takes their goals ({})",
        lambda plan: sum(1 for _ in _like_people(plan)),
        _without_people,
    )
]
