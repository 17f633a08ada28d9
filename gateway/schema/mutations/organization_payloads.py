"""What mutations of the organization around the goals answer: itself, its units, people, cycles and policy."""

from __future__ import annotations

import strawberry

from gateway.schema.core.node import field
from gateway.schema.mutations.payloads import ImpactPayload, MutationPayload
from gateway.schema.types.cycles import Cycle
from gateway.schema.types.organization import Organization, Policy, organization
from gateway.schema.types.people import Person, ServiceAccount
from gateway.schema.types.units import OrgUnit


@strawberry.type
class UnitPayload(ImpactPayload):
    """What became of a unit."""

    @field
    def unit(self) -> OrgUnit | None:
        """The unit as it is now."""
        row = self.view.org.units.get(self.done.main or "")
        return OrgUnit(view=self.view, row=row) if row else None


@strawberry.type
class OrganizationPayload(MutationPayload):
    """What became of the organization."""

    @field
    def organization(self) -> Organization | None:
        """The organization as it is now; null when the change was refused."""
        return organization(self.view) if self.done.accepted else None


@strawberry.type
class PersonPayload(MutationPayload):
    """What became of a person."""

    @field
    def person(self) -> Person | None:
        """The person as they are now."""
        row = self.view.org.people.get(self.done.main or "")
        return Person(view=self.view, row=row) if row else None


@strawberry.type
class ServiceAccountPayload(MutationPayload):
    """What became of a service account."""

    @field
    def service_account(self) -> ServiceAccount | None:
        """The service account as it is now."""
        row = self.view.org.people.get(self.done.main or "")
        return ServiceAccount(view=self.view, row=row) if row else None


@strawberry.type
class CyclePayload(ImpactPayload):
    """What became of a cycle."""

    @field
    def cycle(self) -> Cycle | None:
        """The cycle as it is now."""
        row = self.view.org.cycles.get(self.done.main or "")
        return Cycle(view=self.view, row=row) if row else None


@strawberry.type
class PolicyPayload(MutationPayload):
    """What became of the policy."""

    @field
    def policy(self) -> Policy | None:
        """The policy as it is now; null when the change was refused."""
        info = self.view.org.info
        return Policy(row=info.policy) if info is not None and self.done.accepted else None
