"""Closing a unit: another unit takes over its goals, debts, people, open questions and the units below it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from goldenthread.contracts.commands import CloseUnit
from goldenthread.contracts.entities import Id, OrgUnit, Person, RoleGrant, Why
from goldenthread.contracts.enums import QuestionState, Role
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import (
    ObjectiveChanged,
    PersonRolesChanged,
    QuestionMoved,
    UnitClosed,
    UnitMoved,
    WhyRevised,
)
from goldenthread.contracts.texts import folded
from goldenthread.organization.responsibility import nearest_led_unit
from goldenthread.organization.why_cascade import OPEN_QUESTIONS, CascadeRole, addressed_unit, told_at
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import people
from services.goals.domain.permissions import Action


def close_unit(case: Case, command: CloseUnit) -> None:
    """Close a unit (never the root); what was its own is its successor's, which lies outside of it."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    unit = validation.open_unit(case.org, command.unit, "unit")
    successor = validation.open_unit(case.org, command.successor, "successor")
    if unit.parent is None:
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, "The root unit stays; close another unit.", "unit")
    if successor.id in case.org.subunits(unit.id):
        message = f"{successor.name} is {unit.name} itself or below it; name a unit outside."
        raise refuse(ErrorCode.CONFLICT, message, "successor")
    case.about(unit.id)
    owed = [why.id for why in case.org.whys.values() if _owes(case, why.id, unit.id)]
    _move_units(case, unit, successor)
    _move_objectives(case, unit.id, successor.id)
    _move_whys(case, unit.id, successor.id, owed)
    _move_people(case, unit.id, successor.id)
    closed = replace(case.org.units[unit.id], closed=True, lead=None, successor=successor.id)
    case.emit(UnitClosed(closed, successor.id))
    _move_questions(case, unit.id, successor.id)


def _owes(case: Case, why: Id, unit: Id) -> bool:
    found = addressed_unit(case.org, case.org.whys[why], unit)
    return found is not None and found.part is CascadeRole.OWES


def _move_units(case: Case, unit: OrgUnit, successor: OrgUnit) -> None:
    """The units below hang under the successor, where each needs a name of its own."""
    units = case.org.units
    there = (units[id] for id in case.org.units_below.get(successor.id, {}) if id != unit.id)
    taken = {folded(each.name) for each in there if not each.closed}
    for id in list(case.org.units_below.get(unit.id, {})):
        below = units[id]
        if not below.closed and folded(below.name) in taken:
            message = f"There is a unit {below.name} below {successor.name} already; rename one of them first."
            raise refuse(ErrorCode.CONFLICT, message, "successor")
        if not below.closed:
            case.emit(UnitMoved(replace(below, parent=successor.id, placed_at=case.now), below))


def _move_objectives(case: Case, unit: Id, successor: Id) -> None:
    """Ended objectives move too: goals that were linked to them need a unit to ask. Their outcomes stay as recorded."""
    for before in list(case.org.objectives.values()):
        if unit in before.owners or unit in before.invited:
            owners = _swapped(before.owners, unit, successor)
            invited = [each for each in _swapped(before.invited, unit, successor) if each not in owners]
            case.emit(ObjectiveChanged(replace(before, owners=owners, invited=invited), before, editorial=True))


def _move_whys(case: Case, unit: Id, successor: Id, owed: list[Id]) -> None:
    """Whys the unit spoke, whys it was told, and whys it owed an answer that the successor was not told yet."""
    for before in list(case.org.whys.values()):
        speaks = successor if before.unit == unit else before.unit
        after = _told(case, replace(before, unit=speaks), _swapped(before.audience, unit, successor))
        owes = before.id in owed and speaks != successor and addressed_unit(case.org, after, successor) is None
        if owes:
            after = _told(case, after, [*after.audience, successor])
        if (after.unit, after.audience) != (before.unit, before.audience):
            case.emit(WhyRevised(after, before, editorial=True))


def _told(case: Case, why: Why, audience: list[Id]) -> Why:
    """`why` with another audience; it counts as addressed to new units of it from now on."""
    known = told_at(why)
    return replace(why, audience=audience, told={unit: known.get(unit, case.now) for unit in audience})


def _move_people(case: Case, unit: Id, successor: Id) -> None:
    """Its people are members of the successor; who led it leads the successor only where nobody does."""
    lead = case.org.units[unit].lead
    for before in list(case.org.people.values()):
        if any(grant.unit == unit for grant in before.roles):
            case.emit(PersonRolesChanged(replace(before, roles=_roles(before, unit, successor)), before))
    if lead is not None and case.org.units[successor].lead is None:
        people.appoint(case, case.org.units[successor], lead)


def _roles(person: Person, unit: Id, successor: Id) -> list[RoleGrant]:
    kept = [grant for grant in person.roles if grant.unit != unit]
    belongs = any(grant.unit == successor for grant in kept)
    return kept if belongs else [*kept, RoleGrant(Role.MEMBER, successor)]


def _move_questions(case: Case, unit: Id, successor: Id) -> None:
    asked_there = nearest_led_unit(case.org, successor) or case.root
    asked: Callable[[Id], Id] = lambda id: asked_there if id == unit else id  # noqa: E731
    asks: Callable[[Id], Id] = lambda id: successor if id == unit else id  # noqa: E731
    for before in list(case.org.questions.values()):
        if before.state in OPEN_QUESTIONS and unit in (before.unit, before.asked):
            after = replace(before, unit=asks(before.unit), asked=asked(before.asked))
            # By the state, for a unit may have asked itself: then its name does not say which side is to move.
            turn = after.unit if before.state is QuestionState.ANSWERED else after.asked
            case.emit(QuestionMoved(replace(after, awaiting=turn), before))


def _swapped(units: list[Id], unit: Id, successor: Id) -> list[Id]:
    return list(dict.fromkeys(successor if each == unit else each for each in units))
