"""Key result rows: what they measure, their numbers, and the readings that come with them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time

from msgspec.structs import replace

from goldenthread.contracts.entities import CheckIn, Id, KeyResult
from goldenthread.contracts.enums import CellOutcome
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import CheckInRecorded, KeyResultAdded, KeyResultChanged, LinkAccepted
from goldenthread.contracts.plan import PlanReading, PlanRow
from goldenthread.contracts.replies import ImportCell
from services.goals.domain import validation
from services.goals.domain.imports import file_cells, node_cells, row_merge
from services.goals.domain.imports.import_state import ImportState
from services.goals.domain.imports.node_rows import remember_new
from services.goals.domain.imports.row_merge import ENDED
from services.goals.domain.imports.successors import ended, origins, successor_chain
from services.goals.domain.links.link_commands import measure_link
from services.goals.domain.merge_base import short


def import_key_result(state: ImportState, row: PlanRow) -> None:
    """Added to what its first parent is; else it meets the one it is. Readings become check-ins."""
    case = state.case
    before: KeyResult | None = state.existing(row)
    measures = _measured(state, row, before)
    said, readings = file_cells.file_cells_of(state, row, before), [_clean(each) for each in row.readings]
    if before is None:
        fields = {name: value for cell in said.values() for name, value in cell.fields.items()}
        made = KeyResult(
            id=state.ids[row.row],
            measures=measures,
            version=1,
            created_at=case.now,
            source_key=state.key(row.row),
            **fields,
        )
        case.emit(KeyResultAdded(made))
        hop = measure_link(case.new_id("link"), made.id, measures, case.now, case.order, case.actor)
        case.emit(LinkAccepted(hop))
        remember_new(state, row, made, said)
        _readings(state, row, made, readings)
        return
    over = ended(case.org, before.id)
    bars = dict.fromkeys(said, ENDED) if over else {}
    after = replace(before, **row_merge.merge_row(state, row, node_cells.our_cells(case.org, before), said, bars))
    if after != before:
        after = replace(after, version=before.version + (after.title != before.title))
        case.emit(KeyResultChanged(after, before))
    _readings(state, row, after, readings, over=over)


def _measured(state: ImportState, row: PlanRow, before: KeyResult | None) -> Id:
    """What a row measures. A known one may leave that out, and keeps it. Raises `Refused`."""
    if before is not None and not row.parents:
        return before.measures
    if not row.parents:
        raise refuse(ErrorCode.INVALID, "This key result names no parent; say which objective or why it measures.")
    first = row.parents[0].row
    target = state.target(first)
    if target is None:
        message = f"Its first parent {first!r} was not taken, so there is nothing for it to measure."
        raise refuse(ErrorCode.INVALID, message)
    if target.partition("_")[0] not in ("objective", "why"):
        message = f"A key result measures an objective or a why; {first!r} is neither."
        raise refuse(ErrorCode.INVALID, message)
    original = state.original(first) or target
    if before is not None and before.measures not in (target, *successor_chain(state.case.org, original)):
        raise refuse(ErrorCode.INVALID, "A key result keeps what it measures; give the row a new id to move it.")
    return target


def _readings(
    state: ImportState, row: PlanRow, key_result: KeyResult, readings: list[PlanReading], *, over: bool = False
) -> None:
    """One check-in a reading, known again by its day (and place among those of that day).

    What came otherwise, from people or another file, is known by what it says, each once: an export brings it back.
    What was read of a key result that this one continues is there too. `over`: the key result has ended, and nothing is
    read of it any more.
    """
    if _read_anew(state, row, readings) or not readings:
        return
    org, ours = state.case.org, f"{state.key(row.row)}@"
    there = [org.check_ins[id] for each in origins(org, key_result.id) for id in org.check_ins_of.get(each, {})]
    known = {each.source_key: each for each in there if (each.source_key or "").startswith(ours)}
    theirs = Counter(
        (each.at.date(), each.value, node_cells.one_line(each.note)) for each in there if each.source_key not in known
    )
    seen: dict[str, int] = {}
    for reading in readings:
        day = reading.on.isoformat()
        seen[day] = seen.get(day, 0) + 1
        key, same = f"{ours}{day}#{seen[day]}", (reading.on, reading.value, node_cells.one_line(reading.note))
        if key not in known and theirs[same]:
            theirs[same] -= 1
            continue
        check_in = _read(state, key_result, reading, key, known.get(key))
        if check_in is not None and (over or check_in.key_result != key_result.id):
            state.problem(row, f"The reading of {day} was not recorded: the key result has ended here.")
        elif check_in is not None:
            state.case.emit(CheckInRecorded(check_in, key_result), subject=check_in.id)


def _read_anew(state: ImportState, row: PlanRow, readings: list[PlanReading]) -> bool:
    """Has a sheet its old text in the cell of readings, of which each would be read as something else now? It is told,
    and nothing of it is taken; otherwise it is remembered. One more that could not be read before is no such case.
    """
    text = row.cells.get("readings")
    if not text:
        return False
    said = node_cells.base_cell(
        short("\n".join(f"{each.on} {each.value!r}" for each in readings)) + f" {len(readings)}", text
    )
    was = (state.base(row) or {}).get("readings")
    if was is None or was.text != said.text or was.value.rpartition(" ")[2] != str(len(readings)):
        state.remember(row, "readings", said)
        return False
    if was.value == said.value:
        return False
    state.entry(row).cells.append(ImportCell("readings", CellOutcome.READ_ANEW, note=row_merge.READ_ANEW))
    return True


def _clean(reading: PlanReading) -> PlanReading:
    """Check the readings before anything of their row is taken: a row is taken as a whole, or not at all."""
    at = reading.at
    if at is not None and (at.tzinfo is None or at.astimezone(UTC).date() != reading.on):
        message = f"The time {at.isoformat()} of a reading is not on {reading.on} in UTC; leave it out, or mend it."
        raise refuse(ErrorCode.INVALID, message)
    return PlanReading(
        validation.number(reading.value, "value"),
        reading.on,
        validation.optional(reading.note, "note"),
        at.astimezone(UTC) if at is not None else None,
        None if reading.confidence is None else validation.share(reading.confidence, "confidence"),
        reading.status,
    )


def _read(
    state: ImportState, key_result: KeyResult, reading: PlanReading, key: str, before: CheckIn | None
) -> CheckIn | None:
    """The check-in of a reading; None where it is there. What it does not say of its moment, confidence and status
    stays as it was.
    """
    case = state.case
    was = before or CheckIn("", key_result.id, reading.value, datetime.combine(reading.on, time(), UTC), case.actor)
    check_in = replace(
        was,
        value=reading.value,
        at=reading.at or was.at,
        confidence=was.confidence if reading.confidence is None else reading.confidence,
        status=reading.status or was.status,
        note=was.note if node_cells.one_line(was.note) == node_cells.one_line(reading.note) else reading.note,
    )
    if check_in == before:
        return None
    said = replace(check_in, id=was.id or case.new_id("checkin"), by=case.actor, source_key=key)
    return replace(said, acknowledged_by=None, acknowledged_at=None)
