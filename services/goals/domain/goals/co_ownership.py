"""Who owns an objective: the primary owner first, co-owners who agreed, and units that are invited."""

from __future__ import annotations

from msgspec.structs import replace

from goldenthread.contracts.commands import DecideCoOwnership
from goldenthread.contracts.entities import Id, Objective
from goldenthread.contracts.enums import ObjectiveState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import CoOwnerAccepted, CoOwnerDeclined
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.permissions import Action


def of_new(case: Case, ids: list[Id]) -> tuple[list[Id], list[Id]]:
    """(owners, invited) of a new objective: the actor may create for the first; see `_split` for the others."""
    units = validation.open_units(case.org, ids, "owners")
    permissions.require(case.org, case.actor, Action.CHANGE, units[0], "owners", "0")
    others, invited = _split(case, units[1:], [])
    return [units[0], *others], invited


def of_changed(case: Case, before: Objective, ids: list[Id]) -> tuple[list[Id], list[Id]]:
    """(owners, invited) of an open objective from now on.

    Another primary owner takes who may decide for both; a co-owner is removed by who may decide for the objective.
    """
    units = validation.open_units(case.org, ids, "owners")
    if units[0] != before.owners[0]:
        for unit in (before.owners[0], units[0]):
            permissions.require(case.org, case.actor, Action.DECIDE, unit, "owners", "0")
    if not set(before.owners) <= set(units):
        permissions.require_decide(case.org, case.actor, before.id, "owners")
    others, invited = _split(case, units[1:], before.owners)
    return [units[0], *others], invited


def decide(case: Case, command: DecideCoOwnership) -> None:
    """An invited unit says yes (and owns the objective from then on) or no. Yes once more changes nothing."""
    objective = validation.find(case.org, Objective, command.objective, "objective")
    unit = validation.open_unit(case.org, command.unit, "unit").id
    permissions.require(case.org, case.actor, Action.DECIDE, unit, "unit")
    if objective.state not in (ObjectiveState.DRAFT, ObjectiveState.ACTIVE):
        message = f"This objective is {objective.state.value.lower()}; there is nothing to own together any more."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "objective")
    case.about(objective.id)
    if command.accept and unit in objective.owners:
        return
    if unit not in objective.invited:
        message = "This unit is not invited to own the objective; an owner can invite it (updateObjective)."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, "unit")
    invited = [each for each in objective.invited if each != unit]
    if command.accept:
        case.emit(CoOwnerAccepted(replace(objective, owners=[*objective.owners, unit], invited=invited), unit))
    else:
        case.emit(CoOwnerDeclined(replace(objective, invited=invited), unit))


def _split(case: Case, units: list[Id], owners: list[Id]) -> tuple[list[Id], list[Id]]:
    """The units that own at once (present owners, and units that the actor may decide for) and the units that are
    asked first.
    """
    at_once = [u for u in units if u in owners or permissions.allowed(case.org, case.actor, Action.DECIDE, u)]
    return at_once, [unit for unit in units if unit not in at_once]
