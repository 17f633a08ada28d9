"""The units of the organization's tree."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Annotated

import strawberry
from strawberry import ID, Private

from gateway.live.organization_view import OrganizationView
from gateway.request.context import Info
from gateway.schema.core import enums
from gateway.schema.core.connection import NESTED, Connection, page
from gateway.schema.core.filters import ObjectiveFilter, objectives
from gateway.schema.core.node import field, own
from gateway.schema.core.registry import represent, represents
from gateway.schema.types import refs
from gateway.schema.types.health import AlignmentHealth, health
from gateway.schema.types.lookups import person, unit, units
from gateway.schema.types.people import belonging, people_page
from gateway.schema.types.reciprocity import Reciprocity, reciprocity
from gateway.schema.types.recorded import Recorded
from gateway.schema.types.silos import Silo, silo
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id


@represents(e.OrgUnit)
@strawberry.type
class OrgUnit(Recorded):
    """A unit of the organization's tree."""

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
    def lead(self) -> refs.Person | None:
        """The person who leads it."""
        return person(self.view, self.row.lead)

    @field
    def members(self, first: int | None = None, after: str | None = None) -> Connection[refs.Person]:
        """Who belongs to it."""
        return people_page(self.view, belonging(self.view, self.row.id), first, after)

    @field
    def objectives(
        self, filter: ObjectiveFilter | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[refs.Objective]:
        """Its objectives; of the units below it too where the filter says `includeSubunits` (the default)."""
        found = objectives(self.view, filter, None, within=self.row.id)
        return page(found, lambda row: represent(self.view, row), lambda row: row.id, first, after)

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
    ) -> list[Reciprocity]:
        """What it told others (or one other) from the day `since` on, and what became of it."""
        return await reciprocity(info.context, self.row.id, other, since)

    @field
    async def silo(self, info: Info) -> Silo | None:
        """What shows that nobody speaks with it; null for a unit that is no silo."""
        return await silo(info.context, self.row.id)


def units_page(
    view: OrganizationView, ids: Collection[Id], first: int | None, after: str | None, most: int = NESTED
) -> Connection[OrgUnit]:
    """Units that are not closed, by name."""
    found = [each for each in units(view, ids) if not each.row.closed]
    return page(found, lambda each: each, lambda each: each.row.id, first, after, most)
