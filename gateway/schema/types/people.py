"""People and service accounts, and what they may do."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.request.context import Info, units_of
from gateway.schema.core import enums
from gateway.schema.core.connection import MOST, NESTED, Connection, page
from gateway.schema.core.node import field, own
from gateway.schema.core.registry import represents
from gateway.schema.types import refs
from gateway.schema.types.lookups import person_name, unit, units
from gateway.schema.types.recorded import Recorded
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import InvitationState
from goldenthread.organization.invitations import state_of


@strawberry.type(description="A role, in a unit for LEAD and MEMBER, else in the organization.")
class RoleGrant:
    """A role that a person or service account holds."""

    view: Private[OrganizationView]
    row: Private[e.RoleGrant]
    role: enums.Role = own()

    @field
    def unit(self) -> refs.OrgUnit | None:
        """The unit it is held in."""
        return unit(self.view, self.row.unit)


@represents(e.Person)
@strawberry.type
class Person(Recorded):
    """A person of the organization. Where a service account acted, it is shown here under its name."""

    row: Private[e.Person]

    @field
    def name(self) -> str:
        """What the organization calls them."""
        return person_name(self.view, self.row.id)

    @field
    def email(self) -> str | None:
        """Where they read mail."""
        found = self.view.names.get(self.row.id)
        return found.email if found else None

    @field
    def signs_in(self) -> bool:
        """Whether there is a login with which they can sign in; false for who was invited and has not claimed that."""
        return self.row.signs_in

    @field
    def signed_in_at(self) -> datetime | None:
        """When they signed in for the first time, as far as that was recorded; null: not yet."""
        return self.view.people_names.signed_in_at(self.row.id)

    @field
    def invited_until(self, info: Info) -> datetime | None:
        """Until when their invitation can be claimed; null when none is open."""
        found = self.row.invitation
        open_ = found is not None and state_of(found, info.context.now) is InvitationState.OPEN
        return found.expires_at if found is not None and open_ else None

    @field
    def erased(self) -> bool:
        """Whether their name, e-mail address and login were erased for good."""
        return self.row.erased

    @field
    def units(self) -> list[refs.OrgUnit]:
        """Units this person belongs to."""
        return units(self.view, units_of(self.view, self.row.id))

    @field
    def roles(self) -> list[RoleGrant]:
        """What they may do."""
        return [RoleGrant(view=self.view, row=each) for each in self.row.roles]


@represents(e.Person, where=lambda row: row.service)
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

    @field
    def erased(self) -> bool:
        """Whether its name and login were erased for good."""
        return self.row.erased


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


def people_page(
    view: OrganizationView, ids: Collection[Id], first: int | None, after: str | None, most: int = NESTED
) -> Connection[Person]:
    """People who have not left, by name; service accounts are none."""
    cost.rows(2 * len(ids))
    rows = _by_name(view, [row for id in ids if not (row := view.org.people[id]).service])
    return page(rows, lambda row: Person(view=view, row=row), lambda row: row.id, first, after, most)


def former_people_page(view: OrganizationView, search: str, first: int | None, after: str | None) -> Connection[Person]:
    """Who left or was revoked and is not erased, by name, where `search` (small letters) stands in it."""
    gone = [row for row in cost.scan(view.org.people.values()) if row.left and not row.erased]
    rows = [row for row in cost.scan(gone) if search in person_name(view, row.id).casefold()]
    rows.sort(key=lambda row: (person_name(view, row.id).casefold(), row.id))
    return page(rows, lambda row: Person(view=view, row=row), lambda row: row.id, first, after, MOST)


def service_accounts_page(view: OrganizationView, first: int | None, after: str | None) -> Connection[ServiceAccount]:
    """Service accounts that have not been revoked, by name."""
    rows = _by_name(view, [row for row in cost.scan(view.org.people.values()) if row.service])
    return page(rows, lambda row: ServiceAccount(view=view, row=row), lambda row: row.id, first, after, MOST)


def _by_name(view: OrganizationView, rows: list[e.Person]) -> list[e.Person]:
    present = [row for row in rows if not row.left]
    return sorted(present, key=lambda row: (person_name(view, row.id).casefold(), row.id))
