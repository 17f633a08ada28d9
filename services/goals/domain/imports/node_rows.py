"""Purpose, why and objective rows: a new one becomes a node, a known one meets the node it is."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from goldenthread.contracts import texts
from goldenthread.contracts.entities import Cycle, GoalNode, Objective, Purpose, Why
from goldenthread.contracts.enums import ObjectiveState, PurposeState, WhyState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import (
    ObjectiveChanged,
    ObjectiveCreated,
    PurposePublished,
    PurposeRevised,
    WhyPublished,
    WhyRevised,
)
from goldenthread.contracts.plan import PlanRow
from goldenthread.contracts.texts import folded
from goldenthread.exchange.dates import periods
from goldenthread.organization.why_cascade import told_at
from services.goals.domain import validation
from services.goals.domain.imports import file_cells, node_cells, row_merge
from services.goals.domain.imports.file_cells import FileCells
from services.goals.domain.imports.import_state import ImportState
from services.goals.domain.imports.node_cells import FileCell, states
from services.goals.domain.imports.row_merge import ENDED, MergeBlock
from services.goals.domain.imports.successors import ended

_OPEN = (ObjectiveState.DRAFT, ObjectiveState.ACTIVE)
_NOT_ASKED = MergeBlock(
    "a file changes the published purpose only where that was asked for (`replacePurpose`, `--replace-purpose`)",
    decidable=False,
)

_RETIRED = MergeBlock(
    "it was retired here, and a file publishes it again only where that was asked for "
    "(`replacePurpose`, `--replace-purpose`)",
    decidable=False,
)


def remember_new(state: ImportState, row: PlanRow, node: GoalNode, said: dict[str, FileCell]) -> None:
    """Everything of a new node is what the file said, also where it said nothing: so it began."""
    for name, value in node_cells.our_cells(state.case.org, node).items():
        state.remember(row, name, said[name].as_base if name in said else node_cells.base_cell(value))


def import_purpose(state: ImportState, row: PlanRow) -> None:
    """Published where there is none; else it meets the published one, which it changes only when that was asked for."""
    case, first = state.case, state.first_purpose
    if first is not None and first.row != row.row:
        raise refuse(ErrorCode.INVALID, f"An organization has one purpose; row {first.row} is it. Make this one a why.")
    before: Purpose | None = state.existing(row)
    title, statement = _statement(row)
    if before is not None and before.state is PurposeState.RETIRED and _stays_retired(state, row, before, statement):
        return
    if before is None or before.state is PurposeState.RETIRED:
        version, id = (before.version + 1, before.id) if before else (1, state.ids[row.row])
        made = Purpose(id, statement, version, PurposeState.PUBLISHED, case.actor, case.now, title[: validation.TITLE])
        case.emit(PurposePublished(replace(made, source_key=state.key(row.row))))
        remember_new(state, row, made, {})
        return
    if title == node_cells.one_line(before.statement.partition("\n")[0]) and not states(
        row, "description", row.description, before
    ):
        statement = before.statement  # Its further lines are not stated.
    replacing = state.command.replace_purpose
    cell = FileCell(node_cells.paragraph(statement), {"statement": statement, "title": title[: validation.TITLE]})
    bar = None if replacing else _NOT_ASKED
    merged = row_merge.merge_cell(
        state, row, "statement", node_cells.paragraph(before.statement), cell, bar, asked=replacing
    )
    if merged.takes:
        changed = replace(
            before,
            **cell.fields,
            version=before.version + 1,
            published_by=case.actor,
            published_at=case.now,
            source_key=state.key(row.row),
        )
        case.emit(PurposeRevised(changed, before))


def _statement(row: PlanRow) -> tuple[str, str]:
    """The title of a purpose and all of its statement: both texts, or the second where it begins with the first."""
    title = validation.line(row.title, "title", longest=validation.TEXT)
    below = row.description or ""
    if not below or texts.headline(below) == texts.headline(title):
        return title, validation.text(below or title, "statement")
    return title, validation.text(f"{title}\n{below}", "statement")


def _stays_retired(state: ImportState, row: PlanRow, before: Purpose, statement: str) -> bool:
    """Whether a row that was taken before meets a purpose that people retired since; reported as its cell."""
    known = state.base(row) is not None or before.source_key == state.key(row.row)
    if not known or state.command.replace_purpose:
        return False
    row_merge.merge_cell(
        state,
        row,
        "statement",
        node_cells.paragraph(before.statement),
        FileCell(node_cells.paragraph(statement), {}),
        _RETIRED,
    )
    return True


def import_why(state: ImportState, row: PlanRow) -> None:
    """Published; a changed text revises it. Its because is its own, else that of the first link the file states."""
    before: Why | None = state.existing(row)
    said = file_cells.file_cells_of(state, row, before)
    if before is None:
        _publish(state, row, said)
        return
    fields = row_merge.merge_row(
        state, row, node_cells.our_cells(state.case.org, before), said, _bars(state, before, said)
    )
    if "unit" in fields and "audience" not in said and before.audience == [before.unit]:
        # A why that is told to its own unit is told to that which it moves to.
        fields["audience"] = [fields["unit"]]
        state.remember(row, "audience", node_cells.base_cell(node_cells.units(fields["audience"])))
    after = replace(before, **fields)
    if after != before:
        moved = (after.title, after.statement) != (before.title, before.statement)
        told = told_at(before)
        told = {unit: state.case.now if moved else told.get(unit, state.case.now) for unit in after.audience}
        after = replace(after, version=before.version + moved, told=told)
        state.case.emit(WhyRevised(after, before, editorial=not moved))


def _publish(state: ImportState, row: PlanRow, said: dict[str, FileCell]) -> None:
    case, fields = state.case, _fields(said)
    made = Why(
        id=state.ids[row.row],
        **fields,
        version=1,
        state=WhyState.PUBLISHED,
        sponsor=case.person,
        told=dict.fromkeys(fields["audience"], case.now),
        published_at=case.now,
        source_key=state.key(row.row),
    )
    case.emit(WhyPublished(made))
    remember_new(state, row, made, said)


def import_objective(state: ImportState, row: PlanRow) -> None:
    """Active (or a draft) from the start; with `close_past`, one whose last day is over comes in closed.

    Co-owners that the file names own it too; an active objective does not become a draft again.
    """
    case = state.case
    before: Objective | None = state.existing(row)
    said = file_cells.file_cells_of(state, row, before)
    if before is None:
        _create(state, row, said)
        return
    fields = row_merge.merge_row(state, row, node_cells.our_cells(case.org, before), said, _bars(state, before, said))
    _note_not_taken(state, row, before)
    after = _changed(state, row, before, fields, said)
    if after != before:
        case.emit(ObjectiveChanged(replace(after, version=before.version + (after.title != before.title)), before))


def _note_not_taken(state: ImportState, row: PlanRow, before: Objective) -> None:
    """What a file says of an objective only when it is new: whom it asks to own it too, and whether it is a draft."""
    notes, units = state.entry(row).notes, state.case.org.units
    asked = {state.units[folded(name)] for name in row.invited if folded(name) in state.units}
    names = ", ".join(sorted(units[id].name for id in asked.difference(before.owners, before.invited)))
    if names:
        notes.append(f"The file asks {names} to own it too; an import asks only for new objectives. Ask here.")
    if row.draft and before.state is ObjectiveState.ACTIVE:
        notes.append("The file has it as a draft; it is active here, and stays so.")


def _changed(state: ImportState, row: PlanRow, before: Objective, fields: dict[str, Any], said: FileCells) -> Objective:
    """`before` with what is taken. Days that are those of its cycle are not its own, unless they were."""
    here = node_cells.our_cells(state.case.org, before)
    owner = fields.pop("unit", next(iter(before.owners), None))
    others = fields.pop("co_owners", before.owners[1:])
    owners = [owner, *(each for each in others if each != owner)]
    after = replace(before, **fields, owners=owners, invited=[each for each in before.invited if each not in owners])
    if "cycle" in fields:  # Days that the row repeats are said of its new cycle, too.
        for name, stated_day in (("starts_on", row.starts_on), ("ends_on", row.ends_on)):
            if name in said and stated_day is not None and said[name].value == here[name]:
                after = replace(after, **{name: stated_day})
    period = state.case.org.cycles.get(after.cycle or "")
    if period is not None and before.starts_on is None and after.starts_on == period.starts_on:
        after = replace(after, starts_on=None)
    if period is not None and before.ends_on is None and after.ends_on == period.ends_on:
        after = replace(after, ends_on=None)
    return after


def _create(state: ImportState, row: PlanRow, said: dict[str, FileCell]) -> None:
    case, fields = state.case, _fields(said)
    if state.of_sheet and _repeats_its_period(row, case.org.cycles.get(fields["cycle"] or "")):
        fields |= {"starts_on": None, "ends_on": None}
    unit, others = fields.pop("unit"), fields.pop("co_owners")
    objective_state = _objective_state(state, row)
    over = state.closed_cycle(row)
    if over is not None and objective_state in _OPEN:
        message = f"Its cycle {over.name} is closed here; name an open one, or none."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message)
    made = Objective(
        id=state.ids[row.row],
        **fields,
        state=objective_state,
        version=1,
        owners=[unit, *others],
        invited=state.units_of(row.invited, "invited", unit, *others),
        accountable=None,
        created_at=case.now,
        activated_at=None if objective_state is ObjectiveState.DRAFT else case.now,
        ended_at=case.now if objective_state is ObjectiveState.CLOSED else None,
        source_key=state.key(row.row),
    )
    case.emit(ObjectiveCreated(made))
    remember_new(state, row, made, said)


def _repeats_its_period(row: PlanRow, cycle: Cycle | None) -> bool:
    """Whether the days of a row only say what its period (`Q1 2026`) says already: an export as a sheet has both."""
    days = (row.starts_on, row.ends_on)
    return (
        cycle is not None
        and days == (cycle.starts_on, cycle.ends_on)
        and periods.parse_period(row.cycle or "") is not None
    )


def _fields(said: dict[str, FileCell]) -> dict[str, Any]:
    return {name: value for cell in said.values() for name, value in cell.fields.items()}


def _bars(state: ImportState, before: Why | Objective, said: dict[str, FileCell]) -> dict[str, MergeBlock]:
    """What a row does not change by itself: what has ended, and the cycle of an open objective to a closed one."""
    if ended(state.case.org, before.id):
        return dict.fromkeys(said, ENDED)
    cycle = state.case.org.cycles.get(said["cycle"].value) if "cycle" in said else None
    if cycle is not None and not cycle.open:
        return {"cycle": MergeBlock(f"the cycle {cycle.name} is closed", decidable=False)}
    return {}


def _objective_state(state: ImportState, row: PlanRow) -> ObjectiveState:
    if state.command.close_past and state.past(row.ends_on):
        return ObjectiveState.CLOSED
    if row.draft:
        return ObjectiveState.DRAFT
    return state.command.as_state
