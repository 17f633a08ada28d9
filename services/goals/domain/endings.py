"""Cycles end without wreckage: every open objective goes on in another one or is put away, in one commit."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.commands import CarryOver, CloseCycle
from goldenthread.contracts.entities import Cycle, Id, Objective
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import CycleClosed, ObjectiveArchived, ObjectiveCarriedOver
from goldenthread.contracts.silence import title
from services.goals.domain import checks, permissions, proposals
from services.goals.domain.case import Case
from services.goals.domain.permissions import Action

OPEN = (ObjectiveState.DRAFT, ObjectiveState.ACTIVE)
_NAMED = 5


def carry_over(case: Case, command: CarryOver) -> None:
    """Open objectives go on in another cycle, with all their links; those that are in it already stay as they are."""
    to = checks.open_cycle(case.org, command.to_cycle, "toCycle")
    for index, id in enumerate(checks.bulk(command.objectives, "objectives")):
        objective = _open(case, id, "objectives", str(index))
        permissions.require_change(case.org, case.actor, id, "objectives", str(index))
        _carry(case, objective, to)
        case.about(id)


def close_cycle(case: Case, command: CloseCycle) -> None:
    """Close a cycle. Every objective of it that is open has to be named, to go on elsewhere or to be put away."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    cycle = checks.open_cycle(case.org, command.cycle, "cycle")
    to = _next(case, cycle, command)
    carried = _of_cycle(case, cycle, command.carry_over, "carryOver")
    put_away = _of_cycle(case, cycle, command.archive, "archive")
    twice = next((index for index, id in enumerate(put_away) if id in carried), None)
    if twice is not None:
        message = "This objective is to be carried over and archived; name it once."
        raise refuse(ErrorCode.INVALID, message, "archive", str(twice))
    _refuse_forgotten(case, cycle, {**carried, **put_away})
    case.about(cycle.id)
    for objective in carried.values():
        if to is not None:
            _carry(case, objective, to)
    for objective in put_away.values():
        proposals.withdraw_all(case, objective.id, "archived", f"the cycle {cycle.name} was closed.")
        ended = replace(objective, state=ObjectiveState.ARCHIVED, ended_at=case.now, invited=[])
        case.emit(ObjectiveArchived(ended, f"The cycle {cycle.name} was closed."))
    case.emit(CycleClosed(replace(cycle, open=False)))


def _carry(case: Case, objective: Objective, to: Cycle) -> None:
    if objective.cycle != to.id:
        case.emit(ObjectiveCarriedOver(replace(objective, cycle=to.id), objective))


def _next(case: Case, cycle: Cycle, command: CloseCycle) -> Cycle | None:
    """The cycle to carry over to: another one, and needed where something goes on."""
    if command.to_cycle is None:
        if command.carry_over:
            raise refuse(ErrorCode.INVALID, "Say to which cycle these objectives are carried over.", "toCycle")
        return None
    to = checks.open_cycle(case.org, command.to_cycle, "toCycle")
    if to.id == cycle.id:
        raise refuse(ErrorCode.INVALID, "This is the cycle that is being closed; name another.", "toCycle")
    return to


def _of_cycle(case: Case, cycle: Cycle, ids: list[Id], field: str) -> dict[Id, Objective]:
    """The objectives named, each open and of this cycle."""
    found: dict[Id, Objective] = {}
    for index, id in enumerate(ids):
        objective = _open(case, id, field, str(index))
        if objective.cycle != cycle.id:
            message = f"{title(case.org, id)} is not of the cycle {cycle.name}; leave it out."
            raise refuse(ErrorCode.INVALID, message, field, str(index))
        found[id] = objective
    return found


def _refuse_forgotten(case: Case, cycle: Cycle, named: dict[Id, Objective]) -> None:
    forgotten = [
        each.id
        for each in case.org.objectives.values()
        if each.cycle == cycle.id and each.state in OPEN and each.id not in named
    ]
    if forgotten:
        some = ", ".join(title(case.org, id) for id in forgotten[:_NAMED])
        more = f" and {len(forgotten) - _NAMED} more" if len(forgotten) > _NAMED else ""
        message = f"Say of each open objective whether it is carried over or archived; not said of {some}{more}."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "cycle", nodes=forgotten[: checks.BULK])


def _open(case: Case, id: Id, *path: str) -> Objective:
    objective = checks.find(case.org, Objective, id, *path)
    if objective.state not in OPEN:
        message = (
            f"{title(case.org, id)} is {objective.state.value.lower()}; only an open objective goes on or is put away."
        )
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, *path)
    return objective
