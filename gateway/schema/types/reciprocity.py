"""What one unit sent another in a period (links, questions, whys, answers), and what became of it. `docs/figures.md`
says how each is counted.
"""

from __future__ import annotations

from datetime import date

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.request.context import RequestContext
from gateway.schema.core.known_ids import known_unit
from gateway.schema.core.node import field, own
from gateway.schema.types import refs
from gateway.schema.types.lookups import must_unit
from goldenthread.contracts import read_api
from goldenthread.contracts.entities import Id


@strawberry.type(description="What one unit sent another in a period, and what became of it with the other.")
class Reciprocity:
    """The exchange from one unit to another."""

    view: Private[OrganizationView]
    row: Private[read_api.Reciprocity]
    whys_told: int = own("Whys that came to the other unit from this one.")
    whys_answered: int = own("Whys of this unit that the other answered.")
    questions_asked: int = own("Questions that this unit asked the other.")
    questions_answered: int = own("Questions of this unit that the other answered.")
    questions_escalated: int = own("Questions of this unit that the other did not answer in time.")
    median_answer_hours: float | None = own("Calendar hours the other took to answer whys and questions.")
    links_proposed: int = own("Links that this unit proposed to the other.")
    links_accepted: int = own()
    links_declined: int = own()
    promises_kept: int = own("Promises that the other gave in return for a link, and kept.")
    promises_broken: int = own()
    balance: float | None = own("0 (one-way) to 1 (mutual); null when nothing passed.")

    @field
    def unit(self) -> refs.OrgUnit:
        """The unit that began."""
        return must_unit(self.view, self.row.unit)

    @field
    def other(self) -> refs.OrgUnit:
        """The other unit."""
        return must_unit(self.view, self.row.other)


async def reciprocity(context: RequestContext, unit: Id, other: Id | None, since: date | None) -> list[Reciprocity]:
    """What passed between a unit and others (or one other), by their names.

    Raises `Unavailable`, and `BadRequest` for one other that is not known.
    """
    known_unit(context.view, other, "with")
    units = context.view.org.units
    pairs = cost.scan(await context.figures.pairs(unit, since))
    found = [each for each in pairs if other in (None, each.other)]
    rows = [Reciprocity(view=context.view, row=each) for each in found if each.other in units]
    return sorted(rows, key=lambda each: (units[each.row.other].name, each.row.other))
