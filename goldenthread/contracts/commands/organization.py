"""Commands about the organization: units, people, service accounts, cycles and policy."""

from __future__ import annotations

from datetime import date

from msgspec import UNSET, UnsetType

from goldenthread.contracts.commands.base import Change, Command
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import FiscalYearName, LinkPolicy, Requirement, UnitFunction


class UpdateOrganization(Change, frozen=True, kw_only=True, tag=True):
    name: str | None = None


class CreateUnit(Command, frozen=True, kw_only=True, tag=True):
    name: str
    function: UnitFunction
    parent: Id | None = None
    lead: Id | None = None


class UpdateUnit(Change, frozen=True, kw_only=True, tag=True):
    unit: Id
    name: str | None = None
    function: UnitFunction | None = None
    lead: Id | None = None


class MoveUnit(Command, frozen=True, kw_only=True, tag=True):
    unit: Id
    parent: Id
    dry_run: bool = False


class AddPerson(Command, frozen=True, kw_only=True, tag=True):
    """`issuer` vouches for the login; without it, the issuer that goals is set up with."""

    name: str
    subject: str
    email: str | None = None
    roles: list[RoleGrant] = []
    issuer: str | UnsetType = UNSET


class UpdatePerson(Change, frozen=True, kw_only=True, tag=True):
    """A service account has a name and a login as well, and no e-mail address. `subject` and `issuer` are the login."""

    person: Id
    name: str | None = None
    email: str | None = None
    subject: str | None = None
    issuer: str | None = None


class SetRoles(Command, frozen=True, kw_only=True, tag=True):
    person: Id
    roles: list[RoleGrant]


class RemovePerson(Command, frozen=True, kw_only=True, tag=True):
    person: Id
    successor: Id | None = None


class ErasePerson(Command, frozen=True, kw_only=True, tag=True):
    """Of a service account, too. Who is erased has left."""

    person: Id
    dry_run: bool = False


class CreateServiceAccount(Command, frozen=True, kw_only=True, tag=True):
    """`issuer` as in `AddPerson`."""

    name: str
    subject: str
    roles: list[RoleGrant] = []
    issuer: str | UnsetType = UNSET


class RevokeServiceAccount(Command, frozen=True, kw_only=True, tag=True):
    service_account: Id


class CloseUnit(Command, frozen=True, kw_only=True, tag=True):
    unit: Id
    successor: Id
    dry_run: bool = False


class OpenCycle(Command, frozen=True, kw_only=True, tag=True):
    name: str
    starts_on: date
    ends_on: date


class ReopenCycle(Command, frozen=True, kw_only=True, tag=True):
    cycle: Id
    reason: str
    dry_run: bool = False


class SetPolicy(Change, frozen=True, kw_only=True, tag=True):
    link_policy: LinkPolicy | None = None
    alignment_required: Requirement | None = None
    grace_days: int | None = None
    handover_days: int | None = None
    reply_days: int | None = None
    fiscal_year_start: int | None = None
    fiscal_year_named_by: FiscalYearName | None = None
