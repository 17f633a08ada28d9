"""Importing a plan: what another file says becomes goals once, and meets what people did since when it comes again.

A row is known again by what is remembered of its source, else by its source key, `<source>/<row id>`. Cell by cell,
what the file said the last time, what is here and what it says now decide (`merge`): the file's edits are taken, those
of people stay, and where both changed it, somebody decides. Rows that are gone are reported, never archived. What
commands refuse (a loop, an objective on nothing) is stored as the file has it, and judged.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import PlanImported
from goldenthread.contracts.plan import Plan, RowType
from goldenthread.contracts.replies import ImportReport
from goldenthread.contracts.texts import first_of
from goldenthread.organization.organization import Organization
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case, Decision, DecisionContext
from services.goals.domain.imports import (
    feedback_items,
    key_result_rows,
    link_merge,
    named_cycles,
    node_rows,
    owner_separation,
    parent_resolution,
    row_matching,
    unit_placement,
)
from services.goals.domain.imports.import_state import ImportState, Take
from services.goals.domain.imports.report import remembered, report
from services.goals.domain.imports.row_matching import canonical
from services.goals.domain.imports.row_order import parents_first
from services.goals.domain.merge_base import MergeBase
from services.goals.domain.permissions import Action

_SOURCE = 200
_NAMED = 10_000
"""Missing rows that the event names, at most: a record has to fit its topic. The report names all of them."""
_SHOWN, _LONGEST = 5, 60
"""Names of units that a warning shows, and characters of each."""
_STATES = (ObjectiveState.ACTIVE, ObjectiveState.DRAFT)
_TAKE: dict[RowType, Take] = {
    RowType.PURPOSE: node_rows.import_purpose,
    RowType.WHY: node_rows.import_why,
    RowType.OBJECTIVE: node_rows.import_objective,
    RowType.KEY_RESULT: key_result_rows.import_key_result,
}


def import_plan(
    org: Organization,
    command: ImportPlan,
    plan: Plan,
    context: DecisionContext,
    merge_base: MergeBase | None = None,
    count: Callable[[], None] | None = None,
) -> Decision:
    """Take `plan` in for the person who asks; the decision's report says what became of every row. Raises `Refused`.

    `merge_base` is what is remembered of `command.source`, which is known by now; None where nothing is. What is
    remembered from now on is in the decision. Facts are applied to `org` as they are emitted, as with `decide`.
    `count` is called after every row.
    """
    require_importer(org, context.actor)
    case, merge_base = Case(org, context), merge_base or MergeBase()
    _sane(command)
    _require_rows(command, plan)
    plan, with_commas = owner_separation.separate_owners(org, plan, merge_base)
    for note in plan.notes:
        case.warn(ErrorCode.INVALID, note, "content")
    _warn_of_commas(case, with_commas)
    identified = row_matching.match_rows(org, plan.rows, merge_base, command.source or "")
    most = case.limits.entries
    resolved = parent_resolution.resolve(org, plan.rows, identified, command.source or "", most)
    state = ImportState(case, command, replace(plan, rows=resolved.rows), merge_base, identified)
    state.noted(identified.notes)
    state.noted(resolved.problems)
    unit_placement.place_units(state)
    named_cycles.import_cycles(state)
    links = link_merge.LinkMerge(state, resolved.incomplete)
    for row in parents_first(state.plan.rows):
        links.row(row, state.taking(row, _TAKE[row.type]))
        if count is not None:
            count()
    links.finish()
    feedback_items.import_feedback(state)
    case.report = report(state)
    case.remembered = remembered(state)
    if case.facts:
        case.emit(_summary(state, case.report), subject=org.info.id if org.info else "")
    case.about(*(state.ids[row] for row in state.taken))
    return case.decision()


def require_importer(org: Organization, actor: Id | None) -> None:
    """Raises `Refused` (FORBIDDEN) for a person who may not import: before a file is read, which takes time."""
    permissions.require_actor(org, actor)
    permissions.require(org, actor, Action.ADMINISTER)


def _sane(command: ImportPlan) -> None:
    source = validation.line(command.source or "", "source", longest=_SOURCE)
    if "/" in source:
        raise refuse(ErrorCode.INVALID, "A source's name has no slash; it leads the keys of its rows.", "source")
    if command.as_state not in _STATES:
        raise refuse(ErrorCode.INVALID, "An import brings objectives in as ACTIVE or DRAFT.", "as")


def _require_rows(command: ImportPlan, plan: Plan) -> None:
    """Raises `Refused` for a decision about a row that the file does not have."""
    there = {canonical(row.row) for row in plan.rows} if command.choices else set()
    for index, choice in enumerate(command.choices):
        if canonical(choice.row) not in there:
            message = f"There is no row {choice.row[:60]!r} in this file; leave it out."
            raise refuse(ErrorCode.INVALID, message, "choices", str(index), "row")


def _warn_of_commas(case: Case, names: list[str]) -> None:
    """A cell with a comma that may mean several owners is taken as one unit; said once for all of them."""
    if names:
        shown = first_of([f"“{name[:_LONGEST]}”" for name in names], _SHOWN)
        message = f"Taken as the name of one unit each: {shown}. If several units are meant, put “;” between them."
        case.warn(ErrorCode.INVALID, message, "content")


def _summary(state: ImportState, report: ImportReport) -> PlanImported:
    return PlanImported(
        state.source,
        state.plan.format.value,
        report.created,
        report.updated,
        report.unchanged,
        len(report.skipped),
        report.missing[:_NAMED],
    )
