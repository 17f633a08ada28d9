"""The merge of a known row with its node, cell by cell: what is taken, what is reported, what is remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from goldenthread.contracts.enums import CellOutcome, ConflictChoice
from goldenthread.contracts.plan import PlanProblem, PlanRow
from goldenthread.contracts.replies import ImportCell
from services.goals.domain.imports import node_cells
from services.goals.domain.imports.cell_merge import CellMerge, MergeOutcome, merge
from services.goals.domain.imports.import_state import ImportState
from services.goals.domain.imports.node_cells import FileCell, described
from services.goals.domain.imports.spreadsheet_damage import DAMAGED, is_damaged
from services.goals.domain.merge_base import BaseCell, short

_OUTCOMES = {
    MergeOutcome.LEFT: CellOutcome.LEFT,
    MergeOutcome.READ_ANEW: CellOutcome.READ_ANEW,
    MergeOutcome.TAKEN: CellOutcome.TAKEN,
    MergeOutcome.CONFLICT: CellOutcome.CONFLICT,
}
READ_ANEW = "the file has its old text, which would be read as something else now"
_NOTES = {
    MergeOutcome.LEFT: "changed here; the file says what it said the last time",
    MergeOutcome.READ_ANEW: READ_ANEW,
}
_SHOWN = 80
DECIDE = "Decide with --theirs or --ours."


class MergeBlock(Struct, frozen=True):
    """A reason for which a file does not change a cell by itself. `decidable`: THEIRS does."""

    why: str
    decidable: bool = True


_SAME = CellMerge(MergeOutcome.SAME, takes=False, remembers=False)
ENDED = MergeBlock("it has ended here")


def merge_row(
    state: ImportState,
    row: PlanRow,
    ours: Mapping[str, str],
    stated: Mapping[str, FileCell],
    blocks: Mapping[str, MergeBlock],
) -> dict[str, Any]:
    """Merge a row; the fields of the node that the file changes.

    Every cell is reported and remembered as the rules have it.
    """
    fields: dict[str, Any] = {}
    for name, cell in stated.items():
        if merge_cell(state, row, name, ours[name], cell, blocks.get(name)).takes:
            fields |= cell.fields
    return fields


def merge_cell(
    state: ImportState,
    row: PlanRow,
    name: str,
    ours: str,
    cell: FileCell,
    block: MergeBlock | None = None,
    *,
    asked: bool = False,
    also: str | None = None,
) -> CellMerge:
    """Merge one cell of a known row; it is reported and remembered.

    `asked`: what nobody knows is taken, as it was asked for.

    `also` is another name that the cell is remembered by.
    """
    known = state.base(row) or {}
    base = known.get(name)
    if base is not None and base.value == ours and base.says(cell.value, cell.text):
        return _SAME
    theirs = cell.as_base
    if theirs == base and theirs.value == short(ours):
        return _SAME
    if base is None and also is not None and also in known:
        base = known[also]
        state.remember(row, name, base)
    if base is not None and name in node_cells.UNITS:
        base = replace(base, value=_units_said(state, base.value, cell))
    choice = ConflictChoice.THEIRS if asked and base is None else state.choice(row)
    exported = (state.exported(row) or {}).get(name)
    note = None
    if exported is not None and base is not None and theirs.value not in (base.value, exported.value):
        base = exported  # An edit of this copy is one of what was exported, whatever another copy has brought since.
    if exported is not None and theirs.value == exported.value != short(ours):
        merged, note = (
            CellMerge(MergeOutcome.LEFT, takes=False, remembers=False),
            "as it was exported, and changed since",
        )
    elif state.of_sheet and base is not None and is_damaged(name, _whole(base, ours), cell.value, cell.text):
        merged, note = CellMerge(MergeOutcome.READ_ANEW, takes=False, remembers=False), DAMAGED
    else:
        merged = blocked(merge(base, short(ours), theirs, choice), choice, block)
    if merged.remembers:
        state.remember(row, name, theirs)
    if merged.outcome is not MergeOutcome.SAME:
        if merged.takes and block is not None:
            note = block.why
        shown = ImportCell(name, _OUTCOMES[merged.outcome], note=note or _NOTES.get(merged.outcome))
        _report(state, row, shown, (base, ours, cell.value), merged, block)
    return merged


def _whole(base: BaseCell, ours: str) -> str:
    """All of a text that is remembered, where it is the one that is here."""
    return ours if short(ours) == base.value else base.value


def _units_said(state: ImportState, base: str, cell: FileCell) -> str:
    """The units that a cell named the last time, as they go on here. Several are remembered by their digest only, which
    is that of what the cell says now if it said the same.
    """
    if cell.before is not None and short(cell.before) == base:
        return short(cell.value)
    return base if base.startswith(node_cells.DIGEST) else short(node_cells.units_now(state.case.org, base))


def blocked(merged: CellMerge, choice: ConflictChoice | None, block: MergeBlock | None) -> CellMerge:
    """What would be taken where something bars it is a conflict."""
    if not merged.takes or block is None or (block.decidable and choice is ConflictChoice.THEIRS):
        return merged
    return CellMerge(MergeOutcome.CONFLICT, takes=False, remembers=choice is ConflictChoice.OURS)


def conflict(state: ImportState, row: PlanRow, cell: ImportCell, message: str) -> None:
    """Report a conflict that is still to be decided."""
    entry = state.entry(row)
    entry.cells.append(cell)
    state.problems.append(PlanProblem(row.line, message))


def _report(
    state: ImportState,
    row: PlanRow,
    cell: ImportCell,
    values: tuple[BaseCell | None, str, str],
    merged: CellMerge,
    block: MergeBlock | None,
) -> None:
    org, (base, ours, file) = state.case.org, values
    shown = replace(
        cell,
        was=None if base is None else described(org, cell.cell, base.value, ours, file) or "",
        here=described(org, cell.cell, ours),
        file=described(org, cell.cell, file),
    )
    if merged.outcome is not MergeOutcome.CONFLICT:
        state.entry(row).cells.append(shown)
    elif merged.remembers:
        state.entry(row).cells.append(replace(shown, outcome=CellOutcome.LEFT, note="decided: what is here stays"))
    else:
        known = (
            f"last time {_quoted(shown.was or None)}" if base is not None else "what it said the last time is not known"
        )
        reason = f" Not taken, as {block.why}." if block is not None else ""
        message = (
            f"{cell.cell.replace('_', ' ')}: the file says {_quoted(shown.file)} ({known}), here it is "
            f"{_quoted(shown.here)}.{reason}{f' {DECIDE}' if block is None or block.decidable else ''}"
        )
        conflict(state, row, replace(shown, note=block.why if block is not None else None), message)


def _quoted(text: str | None) -> str:
    if text is None:
        return "nothing"
    line = " ".join(text.split())
    return f"“{line if len(line) <= _SHOWN else line[: _SHOWN - 1] + '…'}”"
