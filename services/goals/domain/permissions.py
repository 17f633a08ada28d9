"""Who may do what. The one place that says so: goals asks here for every command, whoever sent it."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum, auto

from goldenthread.contracts.entities import Id, KeyResult, Link, Objective, Person, Purpose, RoleGrant, Why
from goldenthread.contracts.enums import PersonField, Role, Side
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.organization.organization import Organization
from goldenthread.organization.responsibility import leads, unit_name


class Action(Enum):
    """The rows of the table."""

    ADMINISTER = "change units, people, service accounts, roles, policy or cycles, or import"
    ADD_PEOPLE = "add people to a unit"
    PUBLISH_PURPOSE = "publish, revise or retire the purpose"
    PUBLISH_WHY = "publish, revise or retire a why"
    DECIDE = "answer a why, decide a link, accept co-ownership or close an objective"
    CHANGE = "create, change, link, check in or respond to feedback"
    RECORD = "record or link customer feedback"
    ACKNOWLEDGE = "acknowledge a check-in"
    ASK = "ask a question"


INSTALLATION = ""
"""Who made the invitation of a first administrator: the administrator of the installation is nobody here."""


class Reach(Enum):
    """How far a role carries."""

    ANYWHERE = auto()
    BELOW = auto()
    """In a unit the person leads and every unit below it."""
    OWN = auto()
    """In the units the person belongs to."""


_ARTICLE = {Role.ADMIN: "an", Role.EXECUTIVE: "an"}

TABLE: dict[Action, dict[Role, Reach]] = {
    Action.ADMINISTER: {Role.ADMIN: Reach.ANYWHERE},
    Action.ADD_PEOPLE: {Role.ADMIN: Reach.ANYWHERE, Role.LEAD: Reach.BELOW},
    Action.PUBLISH_PURPOSE: {Role.EXECUTIVE: Reach.ANYWHERE},
    Action.PUBLISH_WHY: {Role.EXECUTIVE: Reach.ANYWHERE, Role.LEAD: Reach.BELOW},
    Action.DECIDE: {Role.EXECUTIVE: Reach.OWN, Role.LEAD: Reach.BELOW},
    Action.CHANGE: {Role.EXECUTIVE: Reach.ANYWHERE, Role.LEAD: Reach.BELOW, Role.MEMBER: Reach.OWN},
    Action.RECORD: dict.fromkeys((Role.EXECUTIVE, Role.LEAD, Role.MEMBER), Reach.ANYWHERE),
    Action.ASK: dict.fromkeys(Role, Reach.ANYWHERE),
    Action.ACKNOWLEDGE: dict.fromkeys((Role.ADMIN, Role.EXECUTIVE, Role.LEAD, Role.MEMBER), Reach.ANYWHERE),
}


def holds(org: Organization, actor: Id | None, role: Role) -> bool:
    """True when `actor` is here and holds `role`, in whatever unit; leading a unit is holding LEAD."""
    person = org.people.get(actor) if actor else None
    if person is None or person.left:
        return False
    granted = any(grant.role is role for grant in person.roles)
    return granted or (role is Role.LEAD and any(unit.lead == actor for unit in org.units.values()))


def is_administered(org: Organization) -> bool:
    """True when a person is here who administers the organization; a service account does not count."""
    return any(not person.service and holds(org, person.id, Role.ADMIN) for person in org.people.values())


def led_units(org: Organization, actor: Id | None) -> list[Id]:
    """The units `actor` leads themselves, without the units below these."""
    if actor is None or not holds(org, actor, Role.LEAD):
        return []
    granted = {grant.unit for grant in org.people[actor].roles if grant.role is Role.LEAD}
    return [unit.id for unit in org.units.values() if not unit.closed and (unit.lead == actor or unit.id in granted)]


def allowed(org: Organization, actor: Id | None, action: Action, unit: Id | None = None) -> bool:
    """True when one of the actor's roles carries `action` to `unit` (or anywhere, when no unit is given)."""
    person = org.people.get(actor) if actor else None
    if actor is None or person is None or person.left:
        return False
    return any(
        # Who leads the unit or one above holds LEAD: no need to look through every unit for it.
        (reach is Reach.BELOW or holds(org, actor, role)) and _reaches(org, actor, role, reach, unit)
        for role, reach in TABLE[action].items()
    )


def _reaches(org: Organization, actor: Id, role: Role, reach: Reach, unit: Id | None) -> bool:
    if reach is Reach.ANYWHERE:
        return True
    if unit is None:
        return False
    if reach is Reach.BELOW:
        return leads(org, actor, unit)
    if role is Role.MEMBER:
        return any(grant.role is role and grant.unit == unit for grant in org.people[actor].roles)
    return _belongs(org, actor, unit)


def _belongs(org: Organization, actor: Id, unit: Id) -> bool:
    """Belongs to it as lead or member; an executive belongs to the root unit as well."""
    if any(grant.unit == unit for grant in org.people[actor].roles):
        return True
    leads_it = unit in org.units and org.units[unit].lead == actor
    at_the_top = org.info is not None and unit == org.info.root
    return leads_it or (at_the_top and holds(org, actor, Role.EXECUTIVE))


def may_change(org: Organization, actor: Id | None, node: Id) -> bool:
    """May create, change, link or check in here: a why's publishers, an owner's people, the accountable person."""
    found = org.node(node)
    if isinstance(found, Purpose):
        return allowed(org, actor, Action.PUBLISH_PURPOSE)
    if isinstance(found, Why):
        return allowed(org, actor, Action.PUBLISH_WHY, found.unit)
    return _answers_for(org, actor, node) or any(
        allowed(org, actor, Action.CHANGE, owner) for owner in org.owners(node)
    )


def may_decide(org: Organization, actor: Id | None, node: Id) -> bool:
    """May speak for this node: an executive for the purpose; else sponsor, accountable person or an owner's lead."""
    if isinstance(org.node(node), Purpose):
        return holds(org, actor, Role.EXECUTIVE)
    return _answers_for(org, actor, node) or any(
        allowed(org, actor, Action.DECIDE, owner) for owner in org.owners(node)
    )


def may_decide_link(org: Organization, actor: Id | None, link: Link, side: Side) -> bool:
    """May accept, counter or decline `link` for one of its sides: may speak for the goal at that end.

    Only the side whose turn it is decides (`links/link_commands.py`). Some links need nobody's answer
    (`links/negotiation.accepts_itself`).
    """
    return may_decide(org, actor, link.child if side is Side.CHILD else link.parent)


def _answers_for(org: Organization, actor: Id | None, node: Id) -> bool:
    person = org.people.get(actor) if actor else None
    if person is None or person.left:
        return False
    found = org.node(node)
    if isinstance(found, KeyResult):
        found = org.node(found.measures)
    if isinstance(found, Objective):
        return found.accountable == actor
    return isinstance(found, Why) and found.sponsor == actor


def require(org: Organization, actor: Id | None, action: Action, unit: Id | None = None, *path: str) -> None:
    """Refuse with FORBIDDEN unless `allowed`, saying whom to ask."""
    if not allowed(org, actor, action, unit):
        raise _forbidden(org, action, [unit] if unit else [], *path)


def require_person_change(org: Organization, actor: Id | None, person: Id, fields: Collection[PersonField]) -> None:
    """Refuse with FORBIDDEN unless `actor` may change these of a person.

    Everybody may change their own name. Logins and e-mail addresses are changed by an ADMIN.
    """
    of_their_own = actor == person and not org.people[person].service and set(fields) <= {PersonField.NAME}
    if not of_their_own:
        require(org, actor, Action.ADMINISTER)


def may_hand_out(org: Organization, actor: Id | None, roles: Collection[RoleGrant]) -> bool:
    """May add a person with these roles."""
    members = bool(roles) and all(grant.role is Role.MEMBER for grant in roles)
    return allowed(org, actor, Action.ADMINISTER) or (
        members and all(allowed(org, actor, Action.ADD_PEOPLE, grant.unit) for grant in roles)
    )


def may_invite(org: Organization, actor: Id | None, person: Person) -> bool:
    """May let somebody sign in as `person`: administrators; for who has no login, whoever may add such a person."""
    if person.no_login:
        return may_hand_out(org, actor, person.roles)
    return allowed(org, actor, Action.ADMINISTER)


def may_be_claimed(org: Organization, by: Id, person: Person) -> bool:
    """Whether an open invitation of `person` that `by` made is still worth something: its maker could make it now."""
    return by == INSTALLATION or may_invite(org, by, person)


def require_invitation(org: Organization, actor: Id | None, person: Person, inviter: Id | None = None) -> None:
    """Refuse with FORBIDDEN unless `may_invite`; whoever invited a person (`inviter`) takes that back."""
    if not (may_invite(org, actor, person) or (inviter is not None and inviter == actor)):
        action = Action.ADD_PEOPLE if person.no_login else Action.ADMINISTER
        raise _forbidden(org, action, _units(person) if action is Action.ADD_PEOPLE else [], "person")


def require_review(org: Organization, actor: Id | None, person: Person, inviter: Id | None) -> None:
    """Refuse with FORBIDDEN who may not say whether the right person claimed an invitation: administrators, and
    whoever invited them as long as they could add a person with such roles.
    """
    mine = inviter is not None and inviter == actor and may_hand_out(org, actor, person.roles)
    if not (mine or allowed(org, actor, Action.ADMINISTER)):
        raise _forbidden(org, Action.ADMINISTER, [], "person")


def _units(person: Person) -> list[Id]:
    return [grant.unit for grant in person.roles if grant.unit is not None]


def require_change(org: Organization, actor: Id | None, node: Id, *path: str) -> None:
    """Refuse with FORBIDDEN unless `may_change`."""
    if not may_change(org, actor, node):
        action = Action.PUBLISH_WHY if isinstance(org.node(node), Why) else Action.CHANGE
        raise _forbidden(org, action, list(org.owners(node)), *path)


def require_decide(org: Organization, actor: Id | None, node: Id, *path: str) -> None:
    """Refuse with FORBIDDEN unless `may_decide`."""
    if not may_decide(org, actor, node):
        raise _forbidden(org, Action.DECIDE, list(org.owners(node)), *path)


def require_actor(org: Organization, actor: Id | None) -> None:
    """Refuse an actor who is not a live person or service account of this organization: every change has an actor."""
    person = org.people.get(actor) if actor else None
    if person is None or person.left:
        raise refuse(
            ErrorCode.FORBIDDEN, "Only people of this organization may change it; ask an administrator to be added."
        )


def _forbidden(org: Organization, action: Action, units: list[Id], *path: str) -> Exception:
    where = f" for {', '.join(unit_name(org, unit) for unit in units)}" if units else ""
    *others, last = (f"{_ARTICLE.get(role, 'a')} {role.value.lower()}" for role in TABLE[action])
    who = f"{', '.join(others)} or {last}" if others else last
    return refuse(ErrorCode.FORBIDDEN, f"You may not {action.value}{where}; ask {who}.", *path)
