"""The cells that a row of a file states (theirs in a merge), with the fields of the entity that it would set.

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
from goldenthread.exchange.values import cell_words
from services.goals.domain import validation
from services.goals.domain.imports import node_cells, unit_cells
from services.goals.domain.imports.import_state import ImportState
from services.goals.domain.imports.node_cells import FileCell, states
from services.goals.domain.merge_base import short

_INFERRED = " → "
"""Between the two numbers that a direction was inferred from: the text of a direction that no cell states."""


FileCells = dict[str, FileCell]


def file_cells_of(state: ImportState, row: PlanRow, before: GoalNode | None) -> FileCells:
    """The cells that `row` states, compared with `before`; None: it becomes a new node. Raises `Refused`."""
    if row.type is RowType.WHY:
        assert before is None or isinstance(before, Why)
        return _why(state, row, before)
    if row.type is RowType.OBJECTIVE:
        assert before is None or isinstance(before, Objective)
        return _objective(state, row, before)
    assert before is None or isinstance(before, KeyResult)
    return _key_result(state, row, before)


def _why(state: ImportState, row: PlanRow, before: Why | None) -> FileCells:
    title = validation.title(row.title, "title")
    found = {"title": FileCell(node_cells.one_line(title), {"title": title}, row.cells.get("title"))}
    statement = validation.optional(row.description, "description")
    if statement is not None:
        found["description"] = FileCell(
            node_cells.paragraph(statement), {"statement": statement}, row.cells.get("description")
        )
    elif states(row, "description", None, before) or _says_its_title(state, row, before):
        found["description"] = FileCell(node_cells.paragraph(title), {"statement": title})
    because = row.because or (next((each.because for each in row.parents[:1]), None) if before is None else None)
    because = validation.optional(because, "because")
    if because is not None or before is None:
        found["because"] = FileCell(node_cells.one_line(because), {"because": because})
    found |= unit_cells.unit(state, row, before)
    return found | unit_cells.audience(state, row, before, found)


def _says_its_title(state: ImportState, row: PlanRow, before: Why | None) -> bool:
    """Did a row without a description say its title once more the last time (or does the why, where nobody knows)?"""
    base = state.base(row)
    if base is not None and "title" in base and "description" in base:
        return base["title"].value == base["description"].value
    return before is not None and before.statement == before.title


def _objective(state: ImportState, row: PlanRow, before: Objective | None) -> FileCells:
    title = validation.title(row.title, "title")
    found = {"title": FileCell(node_cells.one_line(title), {"title": title}, row.cells.get("title"))}
    found |= _text(row, "description", validation.optional(row.description, "description"), before)
    found |= unit_cells.unit(state, row, before)
    found |= unit_cells.co_owners(state, row, before, found) | _cycle(state, row, before)
    period = state.case.org.cycles.get(found["cycle"].value if "cycle" in found else (before and before.cycle) or "")
    starts_on, ends_on = node_cells.days(row.starts_on, row.ends_on, period)
    for name, value, shown in (("starts_on", row.starts_on, starts_on), ("ends_on", row.ends_on, ends_on)):
        if states(row, name, value, before):
            found[name] = FileCell(shown, {name: value}, row.cells.get(name))
    if states(row, "status", row.status, before):
        found["status"] = FileCell(node_cells.word(row.status), {"status": row.status}, row.cells.get("status"))
    return found


def _text(row: PlanRow, name: str, value: str | None, before: GoalNode | None) -> FileCells:
    read = node_cells.one_line if name == "measure_unit" else node_cells.paragraph
    return {name: FileCell(read(value), {name: value}, row.cells.get(name))} if states(row, name, value, before) else {}


def _cycle(state: ImportState, row: PlanRow, before: Objective | None) -> FileCells:
    """The cycle a row names; of a known row not where that one has no dates, or cannot be one."""
    text = row.cells.get("cycle", row.cycle)
    over = state.closed_cycle(row)
    if over is not None:
        return {"cycle": FileCell(over.id, {"cycle": over.id}, text)}
    if before is not None and row.cycle:
        found = state.named_cycle(row)
        return {"cycle": FileCell(found, {"cycle": found}, text)} if found is not None else {}
    if not states(row, "cycle", None, before):
        return {}
    cycle = state.cycle(row)
    return {"cycle": FileCell(cycle or "", {"cycle": cycle}, text)}


# -- key results -------------------------------------------------------------------------------------------------------


def _key_result(state: ImportState, row: PlanRow, before: KeyResult | None) -> FileCells:
    title = validation.title(row.title, "title")
    found = {"title": FileCell(node_cells.one_line(title), {"title": title}, row.cells.get("title"))}
    found |= _text(row, "description", validation.optional(row.description, "description"), before)
    confidence = None if row.confidence is None else validation.share(row.confidence, "confidence")
    numbers = {"start_value": row.start_value, "target_value": row.target_value, "current_value": row.current_value}
    for name, value in {**numbers, "confidence": confidence}.items():
        if value is not None and not math.isfinite(value):
            raise refuse(ErrorCode.INVALID, "A value is not a finite number.")
        if states(row, name, value, before):
            found[name] = FileCell(node_cells.number(value), {name: value}, row.cells.get(name))
    if row.current_value is None and row.readings and cell_words.is_empty(row.cells.get("current_value", "")):
        latest, text = max(row.readings, key=lambda each: each.on), row.cells.get("readings")
        found["current_value"] = FileCell(node_cells.number(latest.value), {"current_value": latest.value}, text)
        if before is not None and _has_unread_reading_since(state, row, before, latest.on):
            del found["current_value"]
    if states(row, "status", row.status, before):
        found["status"] = FileCell(node_cells.word(row.status), {"status": row.status}, row.cells.get("status"))
    return found | _measure_unit(state, row, before) | _direction(state, row, before)


def _has_unread_reading_since(state: ImportState, row: PlanRow, before: KeyResult, latest: date) -> bool:
    """Whether a line of readings was not read, and something later is known here: it may be what was read of that line
    before, so that the last one that was read is not what is current.
    """
    lines = [line for line in row.cells.get("readings", "").splitlines() if line.strip()]
    there = state.case.org.check_ins_of.get(before.id, {})
    return len(lines) > len(row.readings) and any(state.case.org.check_ins[id].at.date() > latest for id in there)


def _measure_unit(state: ImportState, row: PlanRow, before: KeyResult | None) -> FileCells:
    """What its cell says; where that is empty, the sign beside its numbers, which is new where their texts are."""
    unit = validation.optional_line(row.measure_unit, "measureUnit")
    if unit is not None and state.of_sheet and cell_words.is_empty(row.cells.get("measure_unit", "")):
        texts = " ".join(row.cells.get(name, "") for name in ("start_value", "target_value", "current_value"))
        return {"measure_unit": FileCell(node_cells.one_line(unit), {"measure_unit": unit}, texts)}
    return _text(row, "measure_unit", unit, before)


def _direction(state: ImportState, row: PlanRow, before: KeyResult | None) -> FileCells:
    """The direction a row states; else the one its numbers say, where they contradict the one that is here."""
    text = row.cells.get("direction")
    if row.direction is not None and (not state.of_sheet or not cell_words.is_empty(text or "")):
        return {"direction": FileCell(row.direction.value, {"direction": row.direction}, text)}
    base = (state.base(row) or {}).get("direction")
    if base is not None and _INFERRED not in (base.text or ""):
        return {}  # A column stated it the last time: one that is gone says nothing.
    numbers = (row.cells.get("start_value", node_cells.number(row.start_value)), node_cells.number(row.target_value))
    text = _INFERRED.join((numbers[0], row.cells.get("target_value", numbers[1])))
    anew = base is None or base.text != short(text)
    start, target = (_number(state, row, name, before, anew=anew) for name in ("start_value", "target_value"))
    if before is not None and _inferred(start, target, before.direction) is before.direction:
        return {}
    at_first = before.direction if before is not None else Direction.INCREASE
    found = _inferred(start, target, Direction(base.value) if base is not None else at_first)
    return {"direction": FileCell(found.value, {"direction": found}, text)}


def _number(state: ImportState, row: PlanRow, name: str, before: KeyResult | None, *, anew: bool) -> float | None:
    """A number that a direction follows. `anew`: the other one is new, so that one whose old text is read as something
    else now is the one that stays here.
    """
    value: float | None = getattr(row, name)
    if before is None:
        return value
    base, text = (state.base(row) or {}).get(name), row.cells.get(name)
    read_anew = (
        base is not None and text is not None and base.value != node_cells.number(value) and base.text == short(text)
    )
    here: float | None = getattr(before, name)
    return here if value is None or (anew and read_anew) else value


def _inferred(start: float | None, target: float | None, base: Direction) -> Direction:
    """`base`, unless the numbers go the other way."""
    if start is not None and target is not None:
        if target < start and base is Direction.INCREASE:
            return Direction.DECREASE
        if target > start and base is Direction.DECREASE:
            return Direction.INCREASE
    return base
