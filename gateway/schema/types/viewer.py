"""Who a token speaks for."""

from __future__ import annotations

import strawberry
from strawberry import Private

from gateway.live.organization_view import OrganizationView
from gateway.request.context import units_of
from gateway.schema.core.node import field
from gateway.schema.types import refs
from gateway.schema.types.lookups import units
from gateway.schema.types.organization import Organization, organization
from gateway.schema.types.people import Person, RoleGrant, ServiceAccount
from goldenthread.contracts import entities as e


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
        """Their organization."""
        return organization(self.view)

    @field
    def units(self) -> list[refs.OrgUnit]:
        """The units they belong to or lead."""
        return units(self.view, units_of(self.view, self.row.id)) if self.row else []

    @field
    def roles(self) -> list[RoleGrant]:
        """What they may do."""
        return [RoleGrant(view=self.view, row=each) for each in self.row.roles] if self.row else []
