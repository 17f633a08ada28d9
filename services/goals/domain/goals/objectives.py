"""Objectives: create, change, activate, close, archive, reopen."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from goldenthread.contracts.commands import (
    ActivateObjective,
    ArchiveObjective,
    CloseObjective,
    CreateObjective,
    ProposeLink,
    ReopenObjective,
    UpdateObjective,
)
from goldenthread.contracts.entities import Id, Objective
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import ObjectiveChanged, ObjectiveCreated, ObjectiveReopened
from goldenthread.organization.responsibility import title
from services.goals.domain import permissions, validation
from services.goals.domain.cleared_fields import cleared
from services.goals.domain.decision import Case
from services.goals.domain.goals import closing_objectives, co_ownership, key_results, succession
from services.goals.domain.links import activation, link_commands


def create(case: Case, command: CreateObjective) -> None:
    """Create an objective with its key results and its first link up, all in one commit."""
    owned_by, invited = co_ownership.of_new(case, command.owners)
    objective = Objective(
        id=case.new_id("objective"),
        title=validation.title(command.title, "title"),
        description=validation.optional(command.description, "description"),
        state=ObjectiveState.DRAFT,
        version=1,
        owners=owned_by,
        invited=invited,
        cycle=validation.open_cycle(case.org, command.cycle, "cycle").id if command.cycle else None,
        accountable=_accountable(case, command.accountable),
        created_at=case.now,
    )
    case.emit(ObjectiveCreated(objective))
    case.about(objective.id)
    for index, spec in enumerate(command.key_results[: validation.BULK + 1]):
        if index == validation.BULK:
            raise refuse(ErrorCode.INVALID, f"At most {validation.BULK} key results at a time.", "keyResults")
        key_results.add_to(case, objective.id, spec, "keyResults", str(index))
    if command.link_to is not None:
        to = command.link_to
        up = ProposeLink(child=objective.id, parent=to.parent, because=to.because, kind=to.kind, weight=to.weight)
        link_commands.propose(case, up, "linkTo", activates=False)
    if command.activate:
        start = activation.wait_for_link if activation.blocked(case, objective) else activation.activate
        start(case, objective)


def update(case: Case, command: UpdateObjective) -> None:
    """Change an open objective. A new title moves its version, unless only the wording changed."""
    before = _in(case, command.objective, ObjectiveState.DRAFT, ObjectiveState.ACTIVE)
    permissions.require_change(case.org, case.actor, before.id, "objective")
    changes: dict[str, Any] = dict.fromkeys(cleared(command, "description", "accountable", "cycle"))
    if command.title is not None:
        changes["title"] = validation.title(command.title, "title")
    if command.description is not None:
        changes["description"] = validation.optional(command.description, "description")
    if command.accountable is not None:
        changes["accountable"] = _accountable(case, command.accountable)
    if command.cycle is not None:
        changes["cycle"] = validation.open_cycle(case.org, command.cycle, "cycle").id
    if command.owners is not None:
        changes["owners"], changes["invited"] = co_ownership.of_changed(case, before, command.owners)
    after = replace(before, **changes)
    moved = after.title != before.title and not command.editorial
    case.about(before.id)
    if after != before:
        case.emit(ObjectiveChanged(replace(after, version=before.version + moved), before, editorial=not moved))


def activate(case: Case, command: ActivateObjective) -> None:
    """Make a draft active, unless its cycle was closed; under BLOCK it needs an accepted link first."""
    objective = _in(case, command.objective, ObjectiveState.DRAFT)
    permissions.require_change(case.org, case.actor, objective.id, "objective")
    over = activation.in_closed_cycle(case, objective)
    if over is not None:
        message = f"Its cycle {over.name} is closed; name an open one first (updateObjective, or cycle null for none)."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "objective")
    if activation.blocked(case, objective):
        message = "The policy asks for an accepted link before an objective becomes active; link it to what it serves."
        raise refuse(ErrorCode.POLICY, message, "objective")
    activation.activate(case, objective)
    case.about(objective.id)


def close(case: Case, command: CloseObjective) -> None:
    """Close an active objective with one outcome for all its owners, and say which promises in return were kept.

    What hangs on it goes to a successor, where one is named; proposals that stay behind are withdrawn.
    """
    objective = _in(case, command.objective, ObjectiveState.ACTIVE)
    permissions.require_decide(case.org, case.actor, objective.id, "objective")
    outcome = closing_objectives.outcome_of(case, objective, command.grade, command.note)
    closing_objectives.judge_promises(case, objective, command.kept)
    if command.successor is not None:
        succession.hand_over(
            case, objective.id, validation.find(case.org, Objective, command.successor, "successor").id
        )
    closing_objectives.end(case, objective, outcome, command.successor)
    case.about(objective.id)


def archive(case: Case, command: ArchiveObjective) -> None:
    """Put an objective away: a draft, an active one without an outcome, or a closed one."""
    states = (ObjectiveState.DRAFT, ObjectiveState.ACTIVE, ObjectiveState.CLOSED)
    objective = _in(case, command.objective, *states)
    if objective.state is ObjectiveState.DRAFT:
        permissions.require_change(case.org, case.actor, objective.id, "objective")
    else:
        permissions.require_decide(case.org, case.actor, objective.id, "objective")
    reason = validation.optional(command.reason, "reason")
    closing_objectives.archive(case, objective, reason)
    case.about(objective.id)


def reopen(case: Case, command: ReopenObjective) -> None:
    """Take an ending back: to active, or to a draft if it never was (or the policy asks for a link first).

    It goes on in the cycle named, else in its own, which has to be open.
    """
    objective = _in(case, command.objective, ObjectiveState.CLOSED, ObjectiveState.ARCHIVED)
    permissions.require_decide(case.org, case.actor, objective.id, "objective")
    reason = validation.text(command.reason, "reason")
    objective = replace(objective, cycle=_goes_on_in(case, objective, command))
    waits = activation.blocked(case, objective)
    state = ObjectiveState.DRAFT if waits or objective.activated_at is None else ObjectiveState.ACTIVE
    case.emit(ObjectiveReopened(replace(objective, state=state, outcome=None, ended_at=None, successor=None), reason))
    case.about(objective.id)
    _warn_continued(case, objective)
    if waits:
        activation.wait_for_link(case, objective)
    elif state is ObjectiveState.ACTIVE:
        activation.warn_unlinked(case, objective)


# -- inside ------------------------------------------------------------------------------------------------------------


def _accountable(case: Case, person: Id | None) -> Id | None:
    return None if person is None else validation.present_person(case.org, person, "accountable").id


def _warn_continued(case: Case, objective: Objective) -> None:
    """What hung on a goal that went on as a copy stays with the copy."""
    copy = case.org.continued(objective.id)
    if copy is not None and case.org.under_way(copy):
        message = f"{title(case.org, copy)} ({copy}) continues it and keeps its links; both are under way now."
        case.warn(ErrorCode.STATE_NOT_ALLOWED, message, "objective")


def _goes_on_in(case: Case, objective: Objective, command: ReopenObjective) -> Id | None:
    """The cycle in which an objective is taken up again; None for none."""
    if cleared(command, "cycle"):
        return None
    if command.cycle is not None:
        return validation.open_cycle(case.org, command.cycle, "cycle").id
    over = activation.in_closed_cycle(case, objective)
    if over is not None:
        message = (
            f"The cycle {over.name} is closed, and nothing is under way in it any more. "
            "Say in which open cycle the objective goes on (cycle), or null for none."
        )
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "cycle")
    return objective.cycle


def _in(case: Case, id: Id, *states: ObjectiveState) -> Objective:
    """The objective, when it is in one of `states`."""
    objective = validation.find(case.org, Objective, id, "objective")
    if objective.state not in states:
        wanted = " or ".join(state.value.lower() for state in states)
        message = f"This objective is {objective.state.value.lower()}; it has to be {wanted} for that."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "objective")
    return objective
