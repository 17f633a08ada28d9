"""Who may acknowledge an alert and who may say where alerts are delivered to: rows of the one permission table."""

from __future__ import annotations

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import Role
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.events.alerts import Alert
from goldenthread.organization.organization import Organization
from goldenthread.organization.responsibility import leads, unit_name


def may_acknowledge(org: Organization, actor: Id, alert: Alert) -> bool:
    """ADMIN and EXECUTIVE any alert; LEAD those to a unit they lead or one below; MEMBER those to their unit."""
    if holds(org, actor, Role.ADMIN) or holds(org, actor, Role.EXECUTIVE):
        return True
    unit = alert.addressee
    if unit is None or not _here(org, actor):
        return False
    member = any(grant.role is Role.MEMBER and grant.unit == unit for grant in org.people[actor].roles)
    return member or leads(org, actor, unit)


def holds(org: Organization, actor: Id, role: Role) -> bool:
    """True when `actor` is here and was granted `role`, in whatever unit."""
    return _here(org, actor) and any(grant.role is role for grant in org.people[actor].roles)


def require_acknowledge(org: Organization, actor: Id, alert: Alert) -> None:
    """Refuse with FORBIDDEN unless `may_acknowledge`, saying whom to ask."""
    if not may_acknowledge(org, actor, alert):
        where = unit_name(org, alert.addressee)
        message = f"This alert is addressed to {where}; its lead or a member of it acknowledges it, or an executive."
        raise refuse(ErrorCode.FORBIDDEN, message, "alert")


def require_webhooks(org: Organization, actor: Id) -> None:
    """Refuse with FORBIDDEN unless `actor` administers the organization."""
    if not holds(org, actor, Role.ADMIN):
        raise refuse(ErrorCode.FORBIDDEN, "You may not see or change where alerts are delivered; ask an admin.")


def _here(org: Organization, actor: Id) -> bool:
    person = org.people.get(actor)
    return person is not None and not person.left
