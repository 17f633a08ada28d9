"""Figures of the organization and of its units, now and per day. `docs/figures.md` says how each is counted."""

from __future__ import annotations

from datetime import UTC, date

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.request.context import Info, RequestContext
from gateway.schema.core.node import field, own
from goldenthread.contracts import read_api
from goldenthread.contracts.entities import Id
from goldenthread.contracts.events import alignment as a


@strawberry.type(description="How a unit, or the organization, stood when a UTC day was over.")
class HealthPoint:
    """How it stood when a day was over."""

    row: Private[a.AlignmentHealth]
    day: Private[date]
    objectives: int = own("Active ones: aligned + unexplained + pending + orphaned.")
    aligned: int = own()
    unexplained: int = own()
    pending: int = own("Orphaned only because the other side has not decided yet.")
    orphaned: int = own()

    @field
    def on(self) -> date:
        """The day."""
        return self.day


@strawberry.type(description="Figures of a unit, or of the organization; a unit's never include those of units below.")
class AlignmentHealth:
    """How it stands."""

    row: Private[a.AlignmentHealth]
    unit: Private[Id | None]
    objectives: int = own("Active ones: aligned + unexplained + pending + orphaned.")
    aligned: int = own("A chain of accepted links leads to the purpose, and each says why, up to date.")
    unexplained: int = own("There is such a chain, but on each one some why is missing or out of date.")
    pending: int = own("Orphaned only because the other side has not decided yet.")
    orphaned: int = own("No chain leads to the purpose, for any other reason.")
    cascade_coverage: float = own("Of the answers that published whys ask for, the share that was given; 0 to 1.")
    outside_in_coverage: float = own("The share of the goals that have feedback of a customer; 0 to 1.")
    median_depth: float | None = own("Hops from an objective to the purpose.")
    median_answer_hours: float | None = own("Calendar hours from when an answer to a why was owed to when it came.")

    median_response_hours: float | None = own("Calendar hours from when a customer was heard to the first response.")

    @field
    async def history(self, info: Info, since: date | None = None) -> list[HealthPoint]:
        """Days that are over, from `since` on, in order; a unit has no point on a day when it had no objectives."""
        today = info.context.now.astimezone(UTC).date()  # a clock that was ahead may have closed days to come
        found = cost.scan(await info.context.figures.days(self.unit, since or date.min))
        return [_point(each) for each in found if each.day < today]


async def health(context: RequestContext, unit: Id | None) -> AlignmentHealth:
    """How a unit, or (None) the organization, stands. Raises `Unavailable`."""
    figures = await context.figures.current()
    return AlignmentHealth(row=figures.health(unit), unit=unit)


def _point(found: read_api.HealthPoint) -> HealthPoint:
    return HealthPoint(row=found.health, day=found.day)
