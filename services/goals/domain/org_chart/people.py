"""People and their roles. Who leads a unit is said twice (by the unit and by a LEAD role): here both are kept equal."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from goldenthread.contracts.commands import AddPerson, RemovePerson, SetRoles
from goldenthread.contracts.entities import Id, OrgUnit, Person, RoleGrant
from goldenthread.contracts.enums import InvitationState, ObjectiveState, Role, WhyState
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.goals import (
    InvitationRevoked,
    ObjectiveChanged,
    PersonJoined,
    PersonLeft,
    PersonRolesChanged,
    QuestionMoved,
    UnitChanged,
    WhyRevised,
)
from goldenthread.contracts.read_api import issuer_id
from goldenthread.organization.invitations import state_of
from goldenthread.organization.why_cascade import OPEN_QUESTIONS
from services.goals.domain import permissions, validation
from services.goals.domain.decision import Case
from services.goals.domain.org_chart import emails, trust
from services.goals.domain.permissions import Action

_PLACED = (Role.LEAD, Role.MEMBER)


def add(case: Case, command: AddPerson) -> None:
    """Add a person; a lead may add members to the units they lead. Name and login go to the erasable table."""
    check_name(command.name, command.email)
    validation.title(command.subject, "subject")
    if command.issuer is not UNSET:
        validation.login_issuer(command.issuer, "issuer")
    join(case, command.roles)
    if command.issuer is not UNSET:
        trust.require(case.context.issuers, issuer_id(command.issuer), "issuer")


def check_name(name: str, email: str | None) -> None:
    """Refuse what nobody is called, and an address that nobody reads mail at."""
    validation.title(name, "name")
    if email is not None and email.strip():
        emails.email(email, "email")


def join(case: Case, roles: list[RoleGrant], *, no_login: bool = False) -> Person:
    """A new person with these roles, for who may hand them out."""
    roles = grants(case, roles)
    if not roles:
        permissions.require(case.org, case.actor, Action.ADMINISTER)
    for index, grant in enumerate(roles):
        action = Action.ADD_PEOPLE if grant.role is Role.MEMBER else Action.ADMINISTER
        permissions.require(case.org, case.actor, action, grant.unit, "roles", str(index))
    person = Person(case.new_id("person"), roles, no_login=no_login)
    case.emit(PersonJoined(person))
    case.about(person.id)
    _follow_leads(case, person.id)
    return person


def set_roles(case: Case, command: SetRoles) -> None:
    """Replace a person's roles. An organization always keeps an administrator."""
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    before = validation.present_actor(case.org, command.person, "person")
    roles = grants(case, command.roles)
    keep_an_admin(case, before, roles, "roles")
    case.about(before.id)
    if roles != before.roles:
        case.emit(PersonRolesChanged(replace(before, roles=roles), before))
        _follow_leads(case, before.id)
        _end_invitations(case, before.id)


def remove(case: Case, command: RemovePerson) -> None:
    """A person leaves: roles, leads and open accountabilities end with it, or go to the successor named.

    The successor takes over published whys and open questions as well; what nobody takes stays with the units.
    """
    permissions.require(case.org, case.actor, Action.ADMINISTER)
    before = validation.present_person(case.org, command.person, "person", instead="end it by revokeServiceAccount")
    successor = _successor(case, before, command.successor)
    keep_an_admin(case, before, [], "person")
    leave(case, before, successor)


def leave(case: Case, before: Person, successor: Id | None = None) -> None:
    """What ends when a person or service account leaves, whoever decided that they do; see `remove`."""
    for unit in [each for each in case.org.units.values() if successor and each.lead == before.id and not each.closed]:
        appoint(case, unit, successor or "")
    case.emit(PersonLeft(replace(case.org.people[before.id], roles=[], left=True), successor))
    case.about(before.id)
    _follow_leads(case, before.id)
    for objective in list(case.org.objectives.values()):
        open_ = objective.state in (ObjectiveState.DRAFT, ObjectiveState.ACTIVE)
        if open_ and objective.accountable == before.id:
            case.emit(ObjectiveChanged(replace(objective, accountable=successor), objective, editorial=True))
    if successor is not None:
        _hand_over(case, before.id, successor)
    _end_invitations(case, before.id)


def _successor(case: Case, person: Person, id: Id | None) -> Id | None:
    if id == person.id:
        raise refuse(ErrorCode.INVALID, "Nobody succeeds themselves; name a person who stays.", "successor")
    return None if id is None else validation.present_person(case.org, id, "successor").id


def _hand_over(case: Case, person: Id, successor: Id) -> None:
    """Published whys and open questions of a person who left go to the successor."""
    for why in list(case.org.whys.values()):
        if why.sponsor == person and why.state is WhyState.PUBLISHED:
            case.emit(WhyRevised(replace(why, sponsor=successor), why, editorial=True))
    for question in list(case.org.questions.values()):
        if question.asked_by == person and question.state in OPEN_QUESTIONS:
            case.emit(QuestionMoved(replace(question, asked_by=successor), question))


def appoint(case: Case, unit: OrgUnit, person: Id) -> None:
    """Make `person` the lead of `unit` in place of its lead until now."""
    if unit.lead is not None and unit.lead != person:
        old = case.org.people[unit.lead]
        _set(case, old, [grant for grant in old.roles if grant != RoleGrant(Role.LEAD, unit.id)])
    if unit.lead != person:
        case.emit(UnitChanged(replace(unit, lead=person), unit))
    new = case.org.people[person]
    if RoleGrant(Role.LEAD, unit.id) not in new.roles:
        _set(case, new, [*new.roles, RoleGrant(Role.LEAD, unit.id)])


def dismiss(case: Case, unit: OrgUnit) -> None:
    """Take the lead from `unit`. Another person who holds LEAD there becomes its lead; without one it has none, and
    the nearest lead above answers for it.
    """
    if unit.lead is not None:
        old = case.org.people[unit.lead]
        _set(case, old, [grant for grant in old.roles if grant != RoleGrant(Role.LEAD, unit.id)])
        _follow_leads(case, old.id)


def _set(case: Case, before: Person, roles: list[RoleGrant]) -> None:
    if roles != before.roles:
        case.emit(PersonRolesChanged(replace(before, roles=roles), before))


def _end_invitations(case: Case, person: Id) -> None:
    """Revoke what is open and could not be claimed any more, because of the roles that `person` has now: invitations
    that they made, and that of their own.
    """
    for each in list(case.org.people.values()):
        found = each.invitation
        if found is None or each.left or person not in (each.id, found.by):
            continue
        if state_of(found, case.now) is InvitationState.OPEN and not permissions.may_be_claimed(
            case.org, found.by, each
        ):
            case.emit(InvitationRevoked(replace(each, invitation=replace(found, revoked_at=case.now))))
            message = "An open invitation ends: who made it may not add a person with these roles. Invite them anew."
            case.warn(ErrorCode.STATE_NOT_ALLOWED, message)


def _follow_leads(case: Case, person: Id) -> None:
    """Units without a lead take the person who was given LEAD there; units they no longer lead look for another.

    A service account never leads one.
    """
    if case.org.people[person].service:
        return
    held = {grant.unit for grant in case.org.people[person].roles if grant.role is Role.LEAD}
    for unit in [each for each in case.org.units.values() if not each.closed]:
        if unit.lead is None and unit.id in held:
            case.emit(UnitChanged(replace(unit, lead=person), unit))
        elif unit.lead == person and unit.id not in held:
            other = next(iter(_leads_of(case, unit.id)), None)
            case.emit(UnitChanged(replace(unit, lead=other), unit))


def _leads_of(case: Case, unit: Id) -> list[Id]:
    wanted = RoleGrant(Role.LEAD, unit)
    return [
        person.id
        for person in case.org.people.values()
        if wanted in person.roles and not (person.left or person.service)
    ]


def grants(case: Case, roles: list[RoleGrant]) -> list[RoleGrant]:
    """Clean grants: LEAD and MEMBER in an open unit, the others in the organization, none twice."""
    for index, grant in enumerate(roles):
        path = ("roles", str(index), "unit")
        if grant.role in _PLACED:
            if grant.unit is None:
                raise refuse(ErrorCode.INVALID, f"{grant.role.value} is held in a unit; name it.", *path)
            validation.open_unit(case.org, grant.unit, *path)
        elif grant.unit is not None:
            message = f"{grant.role.value} is held in the whole organization; leave the unit out."
            raise refuse(ErrorCode.INVALID, message, *path)
    return list({(grant.role, grant.unit): grant for grant in roles}.values())


def keep_an_admin(case: Case, person: Person, roles: list[RoleGrant], *path: str) -> None:
    """Refuse that `person`, with `roles` from now on, was the last administrator who can sign in."""
    admin = RoleGrant(Role.ADMIN)
    others = [each for each in case.org.people.values() if each.id != person.id and each.signs_in and not each.service]
    if person.service:
        return  # whoever administers is a person, whatever service accounts may do
    if admin in person.roles and admin not in roles and not any(admin in each.roles for each in others):
        message = "This is the last administrator who can sign in; make another person administrator first."
        raise refuse(ErrorCode.STATE_NOT_ALLOWED, message, *path)
