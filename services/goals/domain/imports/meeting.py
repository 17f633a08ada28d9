"""A row that is known meets what is here, cell by cell: what is taken, what is reported, what is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from goldenthread.contracts.enums import CellOutcome, ConflictChoice
from goldenthread.contracts.plan import PlanProblem, PlanRow
from goldenthread.contracts.replies import ImportCell
from services.goals.domain.import_memory import SaidCell, short
from services.goals.domain.imports import cells
from services.goals.domain.imports.cells import StatedCell, described
from services.goals.domain.imports.ledger import Ledger
from services.goals.domain.imports.merge import Meeting, Merged, merge
from services.goals.domain.imports.saved_again import SPOILT, spoilt

_OUTCOMES = {
    Meeting.LEFT: CellOutcome.LEFT,
    Meeting.READ_ANEW: CellOutcome.READ_ANEW,
    Meeting.TAKEN: CellOutcome.TAKEN,
    Meeting.CONFLICT: CellOutcome.CONFLICT,
}
READ_ANEW = "the file has its old text, which would be read as something else now"
_NOTES = {
    Meeting.LEFT: "changed here; the file says what it said the last time",
    Meeting.READ_ANEW: READ_ANEW,
}
_SHOWN = 80
DECIDE = "Decide with --theirs or --ours."


class Bar(Struct, frozen=True):
    """Why a file does not change a cell by itself. `decidable`: THEIRS does."""

    why: str
    decidable: bool = True


_SAME = Merged(Meeting.SAME, takes=False, remembers=False)
ENDED = Bar("it has ended here")


def take(
    ledger: Ledger, row: PlanRow, here: Mapping[str, str], stated: Mapping[str, StatedCell], bars: Mapping[str, Bar]
) -> dict[str, Any]:
    """The fields of the node that the file changes; every cell is reported and remembered as the rules have it."""
    fields: dict[str, Any] = {}
    for name, cell in stated.items():
        if meet(ledger, row, name, here[name], cell, bars.get(name)).takes:
            fields |= cell.fields
    return fields


def meet(
    ledger: Ledger,
    row: PlanRow,
    name: str,
    here: str,
    cell: StatedCell,
    bar: Bar | None = None,
    *,
    asked: bool = False,
    also: str | None = None,
) -> Merged:
    """One cell of a known row; reported and remembered. `asked`: what nobody knows is taken, as it was asked for.

    `also` is another name that the cell is remembered by.
    """
    known = ledger.was(row) or {}
    was = known.get(name)
    if was is not None and was.value == here and was.says(cell.value, cell.text):
        return _SAME
    said = cell.said
    if said == was and said.value == short(here):
        return _SAME
    if was is None and also is not None and also in known:
        was = known[also]
        ledger.remember(row, name, was)
    if was is not None and name in cells.UNITS:
        was = replace(was, value=_units_said(ledger, was.value, cell))
    choice = ConflictChoice.THEIRS if asked and was is None else ledger.choice(row)
    exported = (ledger.exported(row) or {}).get(name)
    note = None
    if exported is not None and was is not None and said.value not in (was.value, exported.value):
        was = exported  # An edit of this copy is one of what was exported, whatever another copy has brought since.
    if exported is not None and said.value == exported.value != short(here):
        merged, note = Merged(Meeting.LEFT, takes=False, remembers=False), "as it was exported, and changed since"
    elif ledger.of_sheet and was is not None and spoilt(name, _whole(was, here), cell.value, cell.text):
        merged, note = Merged(Meeting.READ_ANEW, takes=False, remembers=False), SPOILT
    else:
        merged = barred(merge(was, short(here), said, choice), choice, bar)
    if merged.remembers:
        ledger.remember(row, name, said)
    if merged.meeting is not Meeting.SAME:
        if merged.takes and bar is not None:
            note = bar.why
        shown = ImportCell(name, _OUTCOMES[merged.meeting], note=note or _NOTES.get(merged.meeting))
        _report(ledger, row, shown, (was, here, cell.value), merged, bar)
    return merged


def _whole(was: SaidCell, here: str) -> str:
    """All of a text that is remembered, where it is the one that is here."""
    return here if short(here) == was.value else was.value


def _units_said(ledger: Ledger, was: str, cell: StatedCell) -> str:
    """The units that a cell named the last time, as they go on here. Several are remembered by their digest only, which
    is that of what the cell says now if it said the same.
    """
    if cell.before is not None and short(cell.before) == was:
        return short(cell.value)
    return was if was.startswith(cells.DIGEST) else short(cells.units_now(ledger.case.org, was))


def barred(merged: Merged, choice: ConflictChoice | None, bar: Bar | None) -> Merged:
    """What would be taken where something bars it is a conflict."""
    if not merged.takes or bar is None or (bar.decidable and choice is ConflictChoice.THEIRS):
        return merged
    return Merged(Meeting.CONFLICT, takes=False, remembers=choice is ConflictChoice.OURS)


def conflict(ledger: Ledger, row: PlanRow, cell: ImportCell, message: str) -> None:
    """Report a conflict that is still to be decided."""
    entry = ledger.entry(row)
    entry.cells.append(cell)
    ledger.problems.append(PlanProblem(row.line, message))


def _report(
    ledger: Ledger,
    row: PlanRow,
    cell: ImportCell,
    values: tuple[SaidCell | None, str, str],
    merged: Merged,
    bar: Bar | None,
) -> None:
    org, (was, here, file) = ledger.case.org, values
    shown = replace(
        cell,
        was=None if was is None else described(org, cell.cell, was.value, here, file) or "",
        here=described(org, cell.cell, here),
        file=described(org, cell.cell, file),
    )
    if merged.meeting is not Meeting.CONFLICT:
        ledger.entry(row).cells.append(shown)
    elif merged.remembers:
        ledger.entry(row).cells.append(replace(shown, outcome=CellOutcome.LEFT, note="decided: what is here stays"))
    else:
        known = (
            f"last time {_quoted(shown.was or None)}" if was is not None else "what it said the last time is not known"
        )
        reason = f" Not taken, as {bar.why}." if bar is not None else ""
        message = (
            f"{cell.cell.replace('_', ' ')}: the file says {_quoted(shown.file)} ({known}), here it is "
            f"{_quoted(shown.here)}.{reason}{f' {DECIDE}' if bar is None or bar.decidable else ''}"
        )
        conflict(ledger, row, replace(shown, note=bar.why if bar is not None else None), message)


def _quoted(text: str | None) -> str:
    if text is None:
        return "nothing"
    line = " ".join(text.split())
    return f"“{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}”"
