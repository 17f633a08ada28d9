"""What a row of a file states, cell by cell, with the fields of the entity that it would set.

A column that is not there is not stated; an emptied cell is, and clears. A cell with a text that could not be read is
not stated either. Of a new row everything is stated, so that everything of it is remembered.
"""

from __future__ import annotations

import math
from datetime import date

from goldenthread.contracts.entities import GoalNode, KeyResult, Objective, Why
from goldenthread.contracts.enums import Direction
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.plan import PlanRow, RowType
from goldenthread.exchange.values import cell_words as values
from services.goals.domain import checks
from services.goals.domain.import_memory import short
from services.goals.domain.imports import cells, owners
from services.goals.domain.imports.cells import StatedCell, states
from services.goals.domain.imports.ledger import Ledger

_INFERRED = " → "
"""Between the two numbers that a direction was inferred from: the text of a direction that no cell states."""


Stated = dict[str, StatedCell]


def of(ledger: Ledger, row: PlanRow, before: GoalNode | None) -> Stated:
    """The cells that `row` states, compared with `before`; None: it becomes a new node. Raises `Refused`."""
    if row.type is RowType.WHY:
        assert before is None or isinstance(before, Why)
        return _why(ledger, row, before)
    if row.type is RowType.OBJECTIVE:
        assert before is None or isinstance(before, Objective)
        return _objective(ledger, row, before)
    assert before is None or isinstance(before, KeyResult)
    return _key_result(ledger, row, before)


def _why(ledger: Ledger, row: PlanRow, before: Why | None) -> Stated:
    title = checks.title(row.title, "title")
    found = {"title": StatedCell(cells.one_line(title), {"title": title}, row.cells.get("title"))}
    statement = checks.optional(row.description, "description")
    if statement is not None:
        found["description"] = StatedCell(
            cells.paragraph(statement), {"statement": statement}, row.cells.get("description")
        )
    elif states(row, "description", None, before) or _says_its_title(ledger, row, before):
        found["description"] = StatedCell(cells.paragraph(title), {"statement": title})
    because = row.because or (next((each.because for each in row.parents[:1]), None) if before is None else None)
    because = checks.optional(because, "because")
    if because is not None or before is None:
        found["because"] = StatedCell(cells.one_line(because), {"because": because})
    return found | owners.unit(ledger, row, before) | owners.audience(ledger, row, before)


def _says_its_title(ledger: Ledger, row: PlanRow, before: Why | None) -> bool:
    """Did a row without a description say its title once more the last time (or does the why, where nobody knows)?"""
    was = ledger.was(row)
    if was is not None and "title" in was and "description" in was:
        return was["title"].value == was["description"].value
    return before is not None and before.statement == before.title


def _objective(ledger: Ledger, row: PlanRow, before: Objective | None) -> Stated:
    title = checks.title(row.title, "title")
    found = {"title": StatedCell(cells.one_line(title), {"title": title}, row.cells.get("title"))}
    found |= _text(row, "description", checks.optional(row.description, "description"), before)
    found |= owners.unit(ledger, row, before) | owners.co_owners(ledger, row, before) | _cycle(ledger, row, before)
    period = ledger.case.org.cycles.get(found["cycle"].value if "cycle" in found else (before and before.cycle) or "")
    starts_on, ends_on = cells.days(row.starts_on, row.ends_on, period)
    for name, value, shown in (("starts_on", row.starts_on, starts_on), ("ends_on", row.ends_on, ends_on)):
        if states(row, name, value, before):
            found[name] = StatedCell(shown, {name: value}, row.cells.get(name))
    if states(row, "status", row.status, before):
        found["status"] = StatedCell(cells.word(row.status), {"status": row.status}, row.cells.get("status"))
    return found


def _text(row: PlanRow, name: str, value: str | None, before: GoalNode | None) -> Stated:
    read = cells.one_line if name == "measure_unit" else cells.paragraph
    return (
        {name: StatedCell(read(value), {name: value}, row.cells.get(name))} if states(row, name, value, before) else {}
    )


def _cycle(ledger: Ledger, row: PlanRow, before: Objective | None) -> Stated:
    """The cycle a row names; of a known row not where that one has no dates, or cannot be one."""
    text = row.cells.get("cycle", row.cycle)
    over = ledger.closed_cycle(row)
    if over is not None:
        return {"cycle": StatedCell(over.id, {"cycle": over.id}, text)}
    if before is not None and row.cycle:
        found = ledger.named_cycle(row)
        return {"cycle": StatedCell(found, {"cycle": found}, text)} if found is not None else {}
    if not states(row, "cycle", None, before):
        return {}
    cycle = ledger.cycle(row)
    return {"cycle": StatedCell(cycle or "", {"cycle": cycle}, text)}


# -- key results -------------------------------------------------------------------------------------------------------


def _key_result(ledger: Ledger, row: PlanRow, before: KeyResult | None) -> Stated:
    title = checks.title(row.title, "title")
    found = {"title": StatedCell(cells.one_line(title), {"title": title}, row.cells.get("title"))}
    found |= _text(row, "description", checks.optional(row.description, "description"), before)
    confidence = None if row.confidence is None else checks.share(row.confidence, "confidence")
    numbers = {"start_value": row.start_value, "target_value": row.target_value, "current_value": row.current_value}
    for name, value in {**numbers, "confidence": confidence}.items():
        if value is not None and not math.isfinite(value):
            raise refuse(ErrorCode.INVALID, "A value is not a finite number.")
        if states(row, name, value, before):
            found[name] = StatedCell(cells.number(value), {name: value}, row.cells.get(name))
    if row.current_value is None and row.readings and values.is_empty(row.cells.get("current_value", "")):
        latest, text = max(row.readings, key=lambda each: each.on), row.cells.get("readings")
        found["current_value"] = StatedCell(cells.number(latest.value), {"current_value": latest.value}, text)
        if before is not None and _has_unread_reading_since(ledger, row, before, latest.on):
            del found["current_value"]
    if states(row, "status", row.status, before):
        found["status"] = StatedCell(cells.word(row.status), {"status": row.status}, row.cells.get("status"))
    return found | _measure_unit(ledger, row, before) | _direction(ledger, row, before)


def _has_unread_reading_since(ledger: Ledger, row: PlanRow, before: KeyResult, latest: date) -> bool:
    """Whether a line of readings was not read, and something later is known here: it may be what was read of that line
    before, so that the last one that was read is not what is current.
    """
    lines = [line for line in row.cells.get("readings", "").splitlines() if line.strip()]
    there = ledger.case.org.check_ins_of.get(before.id, {})
    return len(lines) > len(row.readings) and any(ledger.case.org.check_ins[id].at.date() > latest for id in there)


def _measure_unit(ledger: Ledger, row: PlanRow, before: KeyResult | None) -> Stated:
    """What its cell says; where that is empty, the sign beside its numbers, which is new where their texts are."""
    unit = checks.optional_line(row.measure_unit, "measureUnit")
    if unit is not None and ledger.of_sheet and values.is_empty(row.cells.get("measure_unit", "")):
        texts = " ".join(row.cells.get(name, "") for name in ("start_value", "target_value", "current_value"))
        return {"measure_unit": StatedCell(cells.one_line(unit), {"measure_unit": unit}, texts)}
    return _text(row, "measure_unit", unit, before)


def _direction(ledger: Ledger, row: PlanRow, before: KeyResult | None) -> Stated:
    """The direction a row states; else the one its numbers say, where they contradict the one that is here."""
    text = row.cells.get("direction")
    if row.direction is not None and (not ledger.of_sheet or not values.is_empty(text or "")):
        return {"direction": StatedCell(row.direction.value, {"direction": row.direction}, text)}
    was = (ledger.was(row) or {}).get("direction")
    if was is not None and _INFERRED not in (was.text or ""):
        return {}  # A column stated it the last time: one that is gone says nothing.
    numbers = (row.cells.get("start_value", cells.number(row.start_value)), cells.number(row.target_value))
    text = _INFERRED.join((numbers[0], row.cells.get("target_value", numbers[1])))
    anew = was is None or was.text != short(text)
    start, target = (_number(ledger, row, name, before, anew=anew) for name in ("start_value", "target_value"))
    if before is not None and _inferred(start, target, before.direction) is before.direction:
        return {}
    at_first = before.direction if before is not None else Direction.INCREASE
    found = _inferred(start, target, Direction(was.value) if was is not None else at_first)
    return {"direction": StatedCell(found.value, {"direction": found}, text)}


def _number(ledger: Ledger, row: PlanRow, name: str, before: KeyResult | None, *, anew: bool) -> float | None:
    """A number that a direction follows. `anew`: the other one is new, so that one whose old text is read as something
    else now is the one that stays here.
    """
    value: float | None = getattr(row, name)
    if before is None:
        return value
    was, text = (ledger.was(row) or {}).get(name), row.cells.get(name)
    read_anew = was is not None and text is not None and was.value != cells.number(value) and was.text == short(text)
    here: float | None = getattr(before, name)
    return here if value is None or (anew and read_anew) else value


def _inferred(start: float | None, target: float | None, was: Direction) -> Direction:
    """`was`, unless the numbers go the other way."""
    if start is not None and target is not None:
        if target < start and was is Direction.INCREASE:
            return Direction.DECREASE
        if target > start and was is Direction.DECREASE:
            return Direction.INCREASE
    return was
