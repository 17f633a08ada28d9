"""Open objectives go on in another cycle: as they are, or as copies that continue what closes."""

from __future__ import annotations

from goldenthread.contracts.commands import CarryOver
from goldenthread.contracts.entities import Id, Objective
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.errors import ErrorCode, Problem, refuse
from goldenthread.organization.responsibility import title
from services.goals.domain import permissions, validation
from services.goals.domain.cycles import copies
from services.goals.domain.decision import Case

OPEN = (ObjectiveState.DRAFT, ObjectiveState.ACTIVE)


def carry_over(case: Case, command: CarryOver) -> None:
    """Open objectives go on in another cycle, with all their links; those that are in it already stay as they are.

    Those of `copy` close with their outcome, and a copy of each begins. A draft has nothing to grade: it goes on.
    """
    org, to, copied = case.org, validation.open_cycle(case.org, command.to_cycle, "toCycle"), command.copy or []
    validation.bulk([*command.objectives, *(each.objective for each in copied)], "objectives")
    plain = list(dict.fromkeys(command.objectives))
    refuse_twice([("objectives", plain), ("copy", [each.objective for each in copied])])
    going_on = [open_objective(case, id, "objectives", str(index)) for index, id in enumerate(plain)]
    for index, objective in enumerate(going_on):
        permissions.require_change(org, case.actor, objective.id, "objectives", str(index))
    planned = []
    for index, asked in enumerate(copied):
        at = ("copy", str(index))
        objective = open_objective(case, asked.objective, *at, "objective")
        if objective.state is ObjectiveState.DRAFT:
            permissions.require_change(org, case.actor, objective.id, *at, "objective")
            going_on.append(draft_goes_on(case, objective, *at))
        else:
            permissions.require_decide(org, case.actor, objective.id, *at, "objective")
            planned.append(copies.plan(case, objective, asked, to, *at))
    for objective in going_on:
        copies.carry(case, objective, to)
        case.about(objective.id)
    case.about(*copies.copy_all(case, planned, to))
    shorten_warnings(case)


def open_objective(case: Case, id: Id, *path: str) -> Objective:
    """The objective, when it is open."""
    objective = validation.find(case.org, Objective, id, *path)
    if objective.state not in OPEN:
        state = objective.state.value.lower()
        message = f"{title(case.org, id)} is {state}; only an open objective goes on, is closed or is put away."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, *path)
    return objective


def draft_goes_on(case: Case, objective: Objective, *path: str) -> Objective:
    """Warn that a draft, which was to be copied, is carried over."""
    message = f"{title(case.org, objective.id)} is a draft and has nothing to grade: it is carried over as it is."
    case.warn(ErrorCode.STATE_NOT_ALLOWED, message, *path)
    return objective


def refuse_twice(lists: list[tuple[str, list[Id]]]) -> None:
    """Refuse an objective that is named twice; `lists` are those of the input, by field."""
    seen: set[Id] = set()
    for field, ids in lists:
        for index, id in enumerate(ids):
            if id in seen:
                message = "This objective is named twice; say once what becomes of it."
                raise refuse(ErrorCode.INVALID, message, field, str(index))
            seen.add(id)


def shorten_warnings(case: Case) -> None:
    """Keep the first warnings, and say how many more there are."""
    most = case.limits.warnings
    more = len(case.warnings) - most
    if more > 0:
        del case.warnings[most:]
        case.warnings.append(Problem(ErrorCode.POLICY, f"And {more} more like these."))
