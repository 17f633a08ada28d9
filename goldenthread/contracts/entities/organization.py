"""The organization, its units, people, cycles and policy."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from goldenthread.contracts.entities.ids import Id
from goldenthread.contracts.enums import FiscalYearName, LinkPolicy, Requirement, Role, UnitFunction


class Policy(Struct, frozen=True):
    """What an organization expects; days are calendar days.

    `fiscal_year_start` is the month, 1 to 12, whose first day begins its year.
    """

    link_policy: LinkPolicy = LinkPolicy.RECIPROCAL
    alignment_required: Requirement = Requirement.WARN
    grace_days: int = 14
    handover_days: int = 14
    reply_days: int = 7
    fiscal_year_start: int = 1
    fiscal_year_named_by: FiscalYearName = FiscalYearName.END


class OrganizationInfo(Struct, frozen=True):
    """The tenant itself. `root` is the id of its root unit."""

    id: Id
    name: str
    root: Id
    policy: Policy
    created_at: datetime


class OrgUnit(Struct, frozen=True):
    """A unit of the organization's tree; `parent` is None for the root only. `placed_at`: since when it is there.

    `successor` is the unit that took over when it was closed.
    """

    id: Id
    name: str
    function: UnitFunction
    parent: Id | None = None
    lead: Id | None = None
    closed: bool = False
    source_key: str | None = None
    placed_at: datetime | None = None
    successor: Id | None = None


class RoleGrant(Struct, frozen=True):
    """A role, in a unit for LEAD and MEMBER, else in the organization (`unit` is None)."""

    role: Role
    unit: Id | None = None


class PersonInvitation(Struct, frozen=True):
    """The newest invitation of a person, and what became of it. The secret that claims it is nowhere but with whom it
    was shown to.

    `by` is the person or service account who invited; empty: an administrator of the installation, who invited the
    first administrator of the organization. `confirmed_at`: when it was said that the right person claimed
    it. `goldenthread.organization.invitations` says which state it is in.
    """

    id: Id
    by: Id
    made_at: datetime
    expires_at: datetime
    claimed_at: datetime | None = None
    confirmed_at: datetime | None = None
    revoked_at: datetime | None = None
    undone_at: datetime | None = None


class Person(Struct, frozen=True):
    """A person without their name: names live in one erasable table of goals, never in events.

    With `service` it is a service account: a program that signs in, reads, and does what its roles allow. It leads no
    unit, answers for no goal, sponsors no why, and is not counted or told anything.

    `no_login`: nobody can sign in as this person, who was invited and has not claimed that, or whose claim was undone.
    `erased`: their name, e-mail address and login were erased for good; who was erased has left.
    """

    id: Id
    roles: list[RoleGrant]
    left: bool = False
    service: bool = False
    no_login: bool = False
    invitation: PersonInvitation | None = None
    erased: bool = False

    @property
    def signs_in(self) -> bool:
        """Whether there is a login with which this person can sign in."""
        return not (self.left or self.no_login)


class Cycle(Struct, frozen=True):
    """A planning period; both days belong to it."""

    id: Id
    name: str
    starts_on: date
    ends_on: date
    open: bool = True
