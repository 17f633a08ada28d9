"""Cycles are opened, and opened again where the closing is taken back; `closing_cycles` closes them."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.commands import OpenCycle, ReopenCycle
from goldenthread.contracts.entities import Cycle
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import CycleOpened, CycleReopened
from goldenthread.contracts.texts import folded
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.permissions import Action

_ENDED = (ObjectiveState.CLOSED, ObjectiveState.ARCHIVED)


def open_cycle(case: Case, command: OpenCycle) -> None:
    """Open a planning period, under a name that no open cycle has."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    name = validation.title(command.name, "name")
    if command.ends_on < command.starts_on:
        message = f"The cycle ends on {command.ends_on}, before it starts; name a later day."
        raise refuse(ErrorCode.INVALID, message, "endsOn")
    other = _open_namesake(case, name)
    if other is not None:
        message = f"There is an open cycle {other.name} already; choose another name."
        raise refuse(ErrorCode.CONFLICT, message, "name")
    cycle = Cycle(case.new_id("cycle"), name, command.starts_on, command.ends_on)
    case.emit(CycleOpened(cycle))
    case.about(cycle.id)


def reopen_cycle(case: Case, command: ReopenCycle) -> None:
    """Take the closing of a cycle back. What ended with it stays ended, and what went on elsewhere stays there.

    Refused: a cycle that is open, and one whose name an open cycle has by now.
    """
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    cycle = validation.find(case.org, Cycle, command.cycle, "cycle")
    reason = validation.text(command.reason, "reason")
    if cycle.open:
        message = f"The cycle {cycle.name} is open; there is no closing to take back."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "cycle")
    other = _open_namesake(case, cycle.name)
    if other is not None:
        message = (
            f"The open cycle {other.name} ({other.starts_on} to {other.ends_on}) has this name by now. Close that one "
            "first, or take objectives up again in it (reopenObjective with its cycle)."
        )
        raise refuse(ErrorCode.CONFLICT, message, "cycle")
    case.emit(CycleReopened(replace(cycle, open=True), reason))
    case.about(cycle.id)
    _warn_ended(case, cycle)


def _open_namesake(case: Case, name: str) -> Cycle | None:
    """The open cycle of this name, if there is one."""
    same = folded(name)
    return next((each for each in case.org.cycles.values() if each.open and folded(each.name) == same), None)


def _warn_ended(case: Case, cycle: Cycle) -> None:
    """Warn that objectives which have ended stay ended although their cycle is open again."""
    ended = [each for each in case.org.objectives.values() if each.cycle == cycle.id and each.state in _ENDED]
    if ended:
        stay = "1 objective of it stays ended" if len(ended) == 1 else f"{len(ended)} objectives of it stay ended"
        goes_on = sum(each.successor is not None for each in ended)
        more = f", of which {goes_on} {'goes' if goes_on == 1 else 'go'} on as another" if goes_on else ""
        message = f"The cycle {cycle.name} is open again; {stay}{more}. reopenObjective takes an objective up again."
        case.warn(ErrorCode.STATE_NOT_ALLOWED, message, "cycle")
