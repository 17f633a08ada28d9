"""Key result rows: what they measure, their numbers, and the readings that come with them."""

from __future__ import annotations

import math
from collections import Counter
from datetime import UTC, datetime, time
from typing import Any

from msgspec.structs import replace

from goldenthread.contracts.entities import CheckIn, Id, KeyResult
from goldenthread.contracts.enums import Direction
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import CheckInRecorded, KeyResultAdded, KeyResultChanged, LinkAccepted
from goldenthread.contracts.plan import PlanReading, PlanRow
from services.goals.domain import checks
from services.goals.domain.imports.ledger import Ledger
from services.goals.domain.links import measure_link

_MOVED = ("current_value", "status", "confidence")


def key_result(ledger: Ledger, row: PlanRow) -> None:
    """Added to what its first parent is; a changed number or title changes it. Readings become check-ins."""
    case, before = ledger.case, ledger.existing(row)
    measures = _measured(ledger, row)
    said, readings = _said(row, before), [_clean(each) for each in row.readings]
    if before is None:
        made = KeyResult(
            id=ledger.ids[row.row],
            measures=measures,
            version=1,
            created_at=case.now,
            source_key=ledger.key(row.row),
            **said,
        )
        case.emit(KeyResultAdded(made))
        hop = measure_link(case.new_id("link"), made.id, measures, case.now, case.order, case.actor)
        case.emit(LinkAccepted(hop))
        before = made
    else:
        if before.measures != measures:
            raise refuse(ErrorCode.INVALID, "A key result keeps what it measures; give the row a new id to move it.")
        theirs = _MOVED if _checked_in(ledger, before.id) else ()
        new = {name: value for name, value in said.items() if value is not None and name not in theirs}
        after = replace(before, **new)
        if after != before:
            after = replace(after, version=before.version + (after.title != before.title))
            case.emit(KeyResultChanged(after, before))
            before = after
    _readings(ledger, row, before, readings)


def _checked_in(ledger: Ledger, key_result: Id) -> bool:
    """Has a person checked in here? Then what check-ins move is theirs, and a file does not take it back."""
    org = ledger.case.org
    return any(org.check_ins[id].source_key is None for id in org.check_ins_of.get(key_result, {}))


def _measured(ledger: Ledger, row: PlanRow) -> Id:
    if not row.parents:
        raise refuse(ErrorCode.INVALID, "This key result names no parent; say which objective or why it measures.")
    target = ledger.target(row.parents[0].row)
    if target is None:
        message = f"Its first parent {row.parents[0].row!r} was not taken, so there is nothing for it to measure."
        raise refuse(ErrorCode.INVALID, message)
    if target.partition("_")[0] not in ("objective", "why"):
        message = f"A key result measures an objective or a why; {row.parents[0].row!r} is neither."
        raise refuse(ErrorCode.INVALID, message)
    return target


def _said(row: PlanRow, before: KeyResult | None) -> dict[str, Any]:
    """What the row says of the measure."""
    numbers = (row.start_value, row.target_value, row.current_value)
    if any(value is not None and not math.isfinite(value) for value in numbers):
        raise refuse(ErrorCode.INVALID, "A value is not a finite number.")
    current = row.current_value
    if current is None and row.readings:
        current = max(row.readings, key=lambda each: each.on).value
    return {
        "title": checks.title(row.title, "title"),
        "direction": row.direction or _direction(row, before),
        "start_value": row.start_value,
        "target_value": row.target_value,
        "current_value": current,
        "measure_unit": checks.optional_line(row.measure_unit, "measureUnit"),
        "status": row.status,
        "confidence": None if row.confidence is None else checks.share(row.confidence, "confidence"),
        "description": checks.optional(row.description, "description"),
    }


def _direction(row: PlanRow, before: KeyResult | None) -> Direction:
    """The direction of a row that gives none: what it was (INCREASE at first), unless its numbers go the other way."""
    start = row.start_value if row.start_value is not None or before is None else before.start_value
    target = row.target_value if row.target_value is not None or before is None else before.target_value
    was = before.direction if before is not None else Direction.INCREASE
    if start is not None and target is not None:
        if target < start and was is Direction.INCREASE:
            return Direction.DECREASE
        if target > start and was is Direction.DECREASE:
            return Direction.INCREASE
    return was


def _readings(ledger: Ledger, row: PlanRow, key_result: KeyResult, readings: list[PlanReading]) -> None:
    """One check-in a reading, known again by its day (and place among those of that day).

    What came otherwise, from people or another file, is known by what it says, each once: an export brings it back.
    """
    org, ours = ledger.case.org, f"{ledger.key(row.row)}@"
    there = [org.check_ins[id] for id in org.check_ins_of.get(key_result.id, {})]
    known = {each.source_key: each for each in there if (each.source_key or "").startswith(ours)}
    theirs = Counter((each.at.date(), each.value, each.note) for each in there if each.source_key not in known)
    seen: dict[str, int] = {}
    for reading in readings:
        day = reading.on.isoformat()
        seen[day] = seen.get(day, 0) + 1
        key, same = f"{ours}{day}#{seen[day]}", (reading.on, reading.value, reading.note)
        if key not in known and theirs[same]:
            theirs[same] -= 1
            continue
        _reading(ledger, key_result, reading, key, known.get(key))


def _clean(reading: PlanReading) -> PlanReading:
    """Checked before anything of its row is taken: a row comes whole, or not at all."""
    at = reading.at
    if at is not None and (at.tzinfo is None or at.astimezone(UTC).date() != reading.on):
        message = f"The time {at.isoformat()} of a reading is not on {reading.on} in UTC; leave it out, or mend it."
        raise refuse(ErrorCode.INVALID, message)
    return PlanReading(
        checks.number(reading.value, "value"),
        reading.on,
        checks.optional(reading.note, "note"),
        at.astimezone(UTC) if at is not None else None,
        None if reading.confidence is None else checks.share(reading.confidence, "confidence"),
        reading.status,
    )


def _reading(ledger: Ledger, key_result: KeyResult, reading: PlanReading, key: str, before: CheckIn | None) -> None:
    """What a reading does not say of its moment, confidence and status stays as it was."""
    case = ledger.case
    was = before or CheckIn("", key_result.id, reading.value, datetime.combine(reading.on, time(), UTC), case.actor)
    check_in = replace(
        was,
        value=reading.value,
        at=reading.at or was.at,
        confidence=was.confidence if reading.confidence is None else reading.confidence,
        status=reading.status or was.status,
        note=reading.note,
    )
    if check_in == before:
        return
    said = replace(check_in, id=was.id or case.new_id("checkin"), by=case.actor, source_key=key)
    check_in = replace(said, acknowledged_by=None, acknowledged_at=None)
    case.emit(CheckInRecorded(check_in, key_result), subject=check_in.id)
