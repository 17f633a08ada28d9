"""The organisation around the goals: units, people, cycles, policy."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID, Private

from gateway.budget import cost
from gateway.errors import BadRequest
from gateway.live.organization_view import OrganizationView
from gateway.request.context import Info, units_of
from gateway.schema.core import enums
from gateway.schema.core.connection import MOST, NESTED, Connection, page
from gateway.schema.core.filters import ObjectiveFilter, objectives
from gateway.schema.core.node import Node, field, own
from gateway.schema.types.health import AlignmentHealth, health
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id

if TYPE_CHECKING:
    from gateway.schema.types.goals import Objective
    from gateway.schema.types.history import HistoryEntry
    from gateway.schema.types.reciprocity import Reciprocity
    from gateway.schema.types.silos import Silo


@strawberry.type
class Recorded(Node):
    """Something whose changes are in the history of the organization."""

    row: Private[e.OrganizationInfo | e.OrgUnit | e.Person | e.Cycle]

    @field
    async def history(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Annotated[HistoryEntry, strawberry.lazy("gateway.schema.types.history")]]:
        """What happened to it, newest first."""
        from gateway.schema.types.history import history_page

        return await history_page(info, self.row.id, first, after)


@strawberry.type(description="A planning period; both days belong to it.")
class Cycle(Recorded):
    """A planning period."""

    row: Private[e.Cycle]
    name: str = own()
    starts_on: date = own()
    ends_on: date = own()
    open: bool = own()


@strawberry.type(description="A role, in a unit for LEAD and MEMBER, else in the organisation.")
class RoleGrant:
    """A role somebody holds."""

    view: Private[OrganizationView]
    row: Private[e.RoleGrant]
    role: enums.Role = own()

    @field
    def unit(self) -> OrgUnit | None:
        """The unit it is held in."""
        return unit(self.view, self.row.unit)


@strawberry.type
class Person(Recorded):
    """Somebody of the organisation. Where a service account acted, it is shown here under its name."""

    row: Private[e.Person]

    @field
    def name(self) -> str:
        """What the organisation calls them."""
        return person_name(self.view, self.row.id)

    @field
    def email(self) -> str | None:
        """Where they read mail."""
        found = self.view.names.get(self.row.id)
        return found.email if found else None

    @field
    def units(self) -> list[OrgUnit]:
        """Units this person belongs to."""
        return units(self.view, units_of(self.view, self.row.id))

    @field
    def roles(self) -> list[RoleGrant]:
        """What they may do."""
        return [RoleGrant(view=self.view, row=each) for each in self.row.roles]


@strawberry.type(description="A program that reads, and does what its roles allow. It leads and answers for nothing.")
class ServiceAccount(Recorded):
    """A program that signs in."""

    row: Private[e.Person]

    @field
    def name(self) -> str:
        """What the organization calls it; what it does is in the history under this name."""
        return person_name(self.view, self.row.id)

    @field
    def roles(self) -> list[RoleGrant]:
        """What it may do."""
        return [RoleGrant(view=self.view, row=each) for each in self.row.roles]

    @field
    def revoked(self) -> bool:
        """Whether it has ended: then it reads and does nothing any more."""
        return self.row.left


@strawberry.type
class OrgUnit(Recorded):
    """A unit of the organisation's tree."""

    row: Private[e.OrgUnit]
    name: str = own()
    function: enums.UnitFunction = own()

    @field
    def parent(self) -> OrgUnit | None:
        """The unit above."""
        return unit(self.view, self.row.parent)

    @field
    def units(self, first: int | None = None, after: str | None = None) -> Connection[OrgUnit]:
        """The units directly below."""
        return units_page(self.view, self.view.org.units_below.get(self.row.id, {}), first, after)

    @field
    def lead(self) -> Person | None:
        """Who speaks for it."""
        return person(self.view, self.row.lead)

    @field
    def members(self, first: int | None = None, after: str | None = None) -> Connection[Person]:
        """Who belongs to it."""
        return people_page(self.view, belonging(self.view, self.row.id), first, after)

    @field
    def objectives(
        self, filter: ObjectiveFilter | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[Annotated[Objective, strawberry.lazy("gateway.schema.types.goals")]]:
        """Its objectives; of the units below it too where the filter says `includeSubunits` (it does unless told)."""
        from gateway.schema.types.goals import Objective

        found = objectives(self.view, filter, None, within=self.row.id)
        return page(found, lambda row: Objective(view=self.view, row=row), lambda row: row.id, first, after)

    @field
    async def health(self, info: Info) -> AlignmentHealth:
        """How it stands; the units below it are not counted in."""
        return await health(info.context, self.row.id)

    @field
    async def reciprocity(
        self,
        info: Info,
        other: Annotated[ID | None, strawberry.argument(name="with")] = None,
        since: date | None = None,
    ) -> list[Annotated[Reciprocity, strawberry.lazy("gateway.schema.types.reciprocity")]]:
        """What it told others (or one other) from the day `since` on, and what became of it."""
        from gateway.schema.types.reciprocity import reciprocity

        return await reciprocity(info.context, self.row.id, other, since)

    @field
    async def silo(self, info: Info) -> Annotated[Silo, strawberry.lazy("gateway.schema.types.silos")] | None:
        """What shows that nobody speaks with it; null for a unit that is no silo."""
        from gateway.schema.types.silos import silo

        return await silo(info.context, self.row.id)


@strawberry.type
class Policy:
    """What the organisation expects; days are calendar days."""

    row: Private[e.Policy]
    link_policy: enums.LinkPolicy = own()
    alignment_required: enums.Requirement = own()
    grace_days: int = own("Days from activation (or the cycle's start) before an unlinked objective alerts.")
    handover_days: int = own("Days from a cycle's end before what hung on it alerts.")
    reply_days: int = own("Days anyone has to answer a why, a link or a question.")
    fiscal_year_start: int = own(
        "The month, 1 to 12, in which its year begins: an import reads `FY26` and `Q1 2026` with it."
    )
    fiscal_year_named_by: enums.FiscalYearName = own(
        "The calendar year that its year is called after: FY26 ends in 2026 (END), or starts in 2026 (START)."
    )


@strawberry.type
class Organization(Recorded):
    """The organisation this token is of."""

    row: Private[e.OrganizationInfo]
    name: str = own()

    @field
    def policy(self) -> Policy:
        """What it expects."""
        return Policy(row=self.row.policy)

    @field
    async def health(self, info: Info) -> AlignmentHealth:
        """How it stands; an objective of several units is counted once."""
        return await health(info.context, None)

    @field
    def revision(self) -> int:
        """The goals revision this answer shows."""
        return self.view.revision

    @field
    def units(self, first: int | None = None, after: str | None = None) -> Connection[OrgUnit]:
        """All its units."""
        return units_page(self.view, self.view.org.units, first, after)


@strawberry.type(description="Who this token is; `person` is null for a service account.")
class Viewer:
    """Who asks."""

    view: Private[OrganizationView]
    row: Private[e.Person | None]

    @field
    def person(self) -> Person | None:
        """The person."""
        return Person(view=self.view, row=self.row) if self.row and not self.row.service else None

    @field
    def service_account(self) -> ServiceAccount | None:
        """The service account, where the token is of one."""
        return ServiceAccount(view=self.view, row=self.row) if self.row and self.row.service else None

    @field
    def organization(self) -> Organization:
        """Their organisation."""
        return organization(self.view)

    @field
    def units(self) -> list[OrgUnit]:
        """The units they belong to or lead."""
        return units(self.view, units_of(self.view, self.row.id)) if self.row else []

    @field
    def roles(self) -> list[RoleGrant]:
        """What they may do."""
        return [RoleGrant(view=self.view, row=each) for each in self.row.roles] if self.row else []


def organization(view: OrganizationView) -> Organization:
    """The organisation itself."""
    if view.org.info is None:
        raise BadRequest("This organisation has not been set up yet.", "NOT_FOUND")
    return Organization(view=view, row=view.org.info)


def unit(view: OrganizationView, id: Id | None) -> OrgUnit | None:
    """A unit by id."""
    row = view.org.units.get(id) if id else None
    return OrgUnit(view=view, row=row) if row is not None else None


def person(view: OrganizationView, id: Id | None) -> Person | None:
    """A person by id."""
    row = view.org.people.get(id) if id else None
    return Person(view=view, row=row) if row is not None else None


def person_name(view: OrganizationView, id: Id) -> str:
    """What a person is called; somebody whose name was erased is nobody in particular."""
    found = view.names.get(id)
    return found.name if found is not None else "A former member"


def belonging(view: OrganizationView, unit: Id) -> list[Id]:
    """The people who belong to a unit or lead it; executives belong to the root too (see `units_of`)."""
    org, row = view.org, view.org.units.get(unit)
    if row is None or row.closed:
        return []
    found = dict(org.placed_in.get(unit, {}))
    if row.lead is not None:
        found[row.lead] = None
    if org.info is not None and unit == org.info.root:
        executives = (id for id, each in cost.scan(org.people.items()) if _executive(each))
        found.update(dict.fromkeys(executives))
    return [id for id in cost.scan(found) if id in org.people]


def _executive(person: e.Person) -> bool:
    return any(grant.role is enums.Role.EXECUTIVE for grant in person.roles)


def units(view: OrganizationView, ids: Collection[Id]) -> list[OrgUnit]:
    """Units by id, by name."""
    cost.rows(2 * len(ids))  # they are looked up, and sorted
    rows = sorted((view.org.units[id] for id in ids if id in view.org.units), key=lambda row: (row.name, row.id))
    return [OrgUnit(view=view, row=row) for row in rows]


def units_page(
    view: OrganizationView, ids: Collection[Id], first: int | None, after: str | None, most: int = NESTED
) -> Connection[OrgUnit]:
    """Units that are not closed, by name."""
    found = [each for each in units(view, ids) if not each.row.closed]
    return page(found, lambda each: each, lambda each: each.row.id, first, after, most)


def people_page(
    view: OrganizationView, ids: Collection[Id], first: int | None, after: str | None, most: int = NESTED
) -> Connection[Person]:
    """People who have not left, by name; service accounts are none."""
    cost.rows(2 * len(ids))
    rows = _by_name(view, [row for id in ids if not (row := view.org.people[id]).service])
    return page(rows, lambda row: Person(view=view, row=row), lambda row: row.id, first, after, most)


def service_accounts_page(view: OrganizationView, first: int | None, after: str | None) -> Connection[ServiceAccount]:
    """Service accounts that have not been revoked, by name."""
    rows = _by_name(view, [row for row in cost.scan(view.org.people.values()) if row.service])
    return page(rows, lambda row: ServiceAccount(view=view, row=row), lambda row: row.id, first, after, MOST)


def _by_name(view: OrganizationView, rows: list[e.Person]) -> list[e.Person]:
    present = [row for row in rows if not row.left]
    return sorted(present, key=lambda row: (person_name(view, row.id).casefold(), row.id))
