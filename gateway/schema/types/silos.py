"""Silos: units that no other unit speaks with, and the evidence. `docs/figures.md` says how each kind of evidence is
judged.
"""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.request.context import RequestContext
from gateway.schema.core import enums
from gateway.schema.core.node import Node, field, own
from gateway.schema.types import refs
from gateway.schema.types.lookups import find, must_unit
from goldenthread.contracts.entities import Id
from goldenthread.contracts.events import alignment as a
from goldenthread.organization.responsibility import SILO_EVIDENCE


@strawberry.type(description="One kind of evidence that a unit is a silo.")
class SiloEvidence:
    """One kind of evidence that a unit is a silo."""

    view: Private[OrganizationView]
    row: Private[a.SiloEvidence]
    kind: enums.SiloKind = own()
    since: datetime = own("It has been so without a break.")

    @field
    def detail(self) -> str:
        """What shows it, in one sentence."""
        said = SILO_EVIDENCE[self.row.kind]
        return f"{said[0].upper()}{said[1:]}, since {self.row.since:%Y-%m-%d}."

    @field
    def about(self) -> Node | None:
        """The why that it owes an answer to, or the question that nobody answered."""

        return find(self.view, self.row.about) if self.row.about else None


@strawberry.type(description="A unit for which at least two kinds of evidence have lasted: nobody speaks with anybody.")
class Silo:
    """A silo: a unit that no other unit speaks with."""

    view: Private[OrganizationView]
    row: Private[a.UnitSiloed]
    since: datetime = own("It was found to be one then.")

    @field
    def unit(self) -> refs.OrgUnit:
        """The unit."""
        return must_unit(self.view, self.row.unit)

    @field
    def evidence(self) -> list[SiloEvidence]:
        """What shows it; two kinds at least."""
        return [SiloEvidence(view=self.view, row=each) for each in self.row.evidence]


async def silos(context: RequestContext) -> list[Silo]:
    """The units that are silos now, by name. Raises `Unavailable`."""
    found = cost.scan((await context.figures.current()).silos.values())
    rows = [Silo(view=context.view, row=each) for each in found if each.unit in context.view.org.units]
    return sorted(rows, key=lambda each: (context.view.org.units[each.row.unit].name, each.row.unit))


async def silo(context: RequestContext, unit: Id) -> Silo | None:
    """The silo that a unit is, if it is one. Raises `Unavailable`."""
    found = (await context.figures.current()).silos.get(unit)
    return Silo(view=context.view, row=found) if found is not None else None
