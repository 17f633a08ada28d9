"""What an import says it did: every row that is not simply unchanged, in the order of the file, and the counts."""

from __future__ import annotations

from collections import Counter

from goldenthread.contracts.entities import Purpose
from goldenthread.contracts.enums import CellOutcome, RowOutcome
from goldenthread.contracts.replies import ImportProblem, ImportReport, ImportRow
from services.goals.domain.imports.import_state import KINDS, ImportState, RowResult
from services.goals.domain.imports.successors import ended
from services.goals.domain.merge_base import BaseRow, MergeBaseChanges

_APART = (CellOutcome.CONFLICT, CellOutcome.LEFT)
"""The outcomes of cells that differ from what is here, and change nothing."""
_TYPES = {kind: type for type, kind in KINDS.items()}


def report(state: ImportState) -> ImportReport:
    """The report of everything that was done."""
    fates = [entry.fate for entry in state.entries if entry.fate is not None] + state.items
    found = sorted(state.problems, key=lambda each: state.lines.get(each.row, 0))
    skipped = [ImportProblem(each.row, each.message) for each in [*state.plan.problems, *found]]
    missing = _missing(state)
    rows = [row for row in (_row(state, entry) for entry in state.entries) if row is not None]
    outcomes = Counter(cell.outcome for row in rows for cell in row.cells)
    apart = sum(
        entry.fate == "unchanged" and any(cell.outcome in _APART for cell in entry.cells) for entry in state.entries
    )
    return ImportReport(
        len(fates),
        fates.count("created"),
        fates.count("updated"),
        fates.count("unchanged") - apart,
        [row.row for row in missing],
        skipped,
        state.source,
        [*rows, *missing],
        outcomes[CellOutcome.CONFLICT],
        outcomes[CellOutcome.LEFT],
        state.new_units,
    )


def remembered(state: ImportState) -> MergeBaseChanges:
    """What is remembered from now on: rows of which something is new or another. What was refused stays as it was."""
    rows: dict[str, BaseRow | None] = {}
    for row, entry in state.taken.items():
        key, node = state.identified.keys[row], state.nodes.get(row) or state.ids[row]
        kept = state.merge_base.rows.get(key)
        if not entry.base and kept is not None and kept is state.identified.base.get(row) and kept.node == node:
            continue
        base = state.base(entry.row) or {}
        said = BaseRow(node, {name: cell for name, cell in (base | entry.base).items() if cell is not None})
        if kept != said:
            rows[key] = said
    rows |= {key: None for key in state.identified.forget if key not in rows}
    return MergeBaseChanges(rows, dict(state.remembered_units))


def _row(state: ImportState, entry: RowResult) -> ImportRow | None:
    """A row of the report; None for a row that is simply unchanged."""
    row = entry.row
    if entry.fate == "unchanged" and not (entry.cells or entry.notes or ended(state.case.org, state.ids[row.row])):
        return None
    outcomes = {cell.outcome for cell in entry.cells}
    node = state.ids[row.row] if entry.fate is not None else state.nodes.get(row.row)
    notes = entry.notes
    if CellOutcome.CONFLICT in outcomes:
        outcome = RowOutcome.CONFLICT
    elif entry.fate is None:
        outcome = RowOutcome.SKIPPED
    elif entry.fate != "unchanged":
        outcome = RowOutcome.CREATED if entry.fate == "created" else RowOutcome.UPDATED
    elif outcomes or ended(state.case.org, state.ids[row.row]):
        outcome = RowOutcome.LEFT
        notes = notes if outcomes else [*notes, "It has ended here, and stays so."]
    elif notes:
        outcome = RowOutcome.UNCHANGED
    else:
        return None
    return ImportRow(row.row, row.line, row.type, row.title, outcome, node, entry.cells, notes)


def _missing(state: ImportState) -> list[ImportRow]:
    """Rows of this source that are gone from the file, and whose goals go on here, by their ids."""
    org, identified = state.case.org, state.identified
    keys = {identified.keys[row] for row in identified.refused}
    there = {*state.nodes.values(), *state.ids.values()}
    gone: list[ImportRow] = []
    for row, id in sorted((key.strip(), id) for key, id in identified.earlier.items()):
        node = org.node(id)
        if node is None or isinstance(node, Purpose) or id in there or row in keys or not org.under_way(id):
            continue
        if state.plan.revision is not None and org.node(row) is None:
            continue  # Another copy of the export has brought it: it cannot be missing from this one.
        there.add(id)
        gone.append(ImportRow(row, "", _TYPES[id.partition("_")[0]], node.title, RowOutcome.MISSING, id))
    return gone
