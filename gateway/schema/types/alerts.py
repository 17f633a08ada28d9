"""Alerts to the silent side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import strawberry
from strawberry import ID, Private

from gateway.budget import cost
from gateway.errors import Unavailable
from gateway.live.organization_view import OrganizationView, is_alert
from gateway.request.context import RequestContext
from gateway.schema.core import enums
from gateway.schema.core.connection import MOST, Connection, page
from gateway.schema.core.filters import any_of, subunits
from gateway.schema.core.known_ids import known_unit
from gateway.schema.core.node import Node, field, own
from gateway.schema.core.registry import represent, represents
from gateway.schema.types import refs
from gateway.schema.types.lookups import goal_node, must_find, person, unit
from goldenthread.contracts.entities import Id
from goldenthread.contracts.events import alerts as a


@represents(a.Alert)
@strawberry.type(description="One open alert per kind, break and addressee.")
class Alert(Node):
    """What happened, which thread it breaks, and the next step."""

    row: Private[a.Alert]
    kind: enums.AlertKind = own()
    state: enums.AlertState = own()
    cause: enums.OrphanCause | None = own()
    message: str = own()
    next_step: str = own()
    opened_at: datetime = own()
    resolved_at: datetime | None = own()
    acknowledged_at: datetime | None = own()
    note: str | None = own("What was said when it was acknowledged.")

    @field
    def subject(self) -> Node:
        """The break: a node or a link."""
        return must_find(self.view, self.row.subject)

    @field
    def addressee(self) -> refs.OrgUnit | None:
        """The unit that must move."""
        return unit(self.view, self.row.addressee)

    @field
    def broken_at(self) -> refs.GoalNode | None:
        """Where the chain ends."""
        return goal_node(self.view, self.row.broken_at)

    @field
    def affected(self) -> int:
        """How many objectives it currently orphans or unexplains."""
        return len(self.row.goals)

    @field
    def goals(self, first: int | None = None, after: str | None = None) -> Connection[refs.Objective]:
        """The objectives it currently orphans or unexplains."""
        rows = [row for id in cost.scan(self.row.goals) if (row := self.view.org.objectives.get(id)) is not None]
        return page(rows, lambda row: represent(self.view, row), lambda row: row.id, first, after)

    @field
    def acknowledged_by(self) -> refs.Person | None:
        """Who has seen it."""
        return person(self.view, self.row.acknowledged_by)


def alert(view: OrganizationView, id: ID | str | None) -> Alert | None:
    """An alert by id."""
    row = view.alerts.get(id) if id else None
    return Alert(view=view, row=row) if row is not None else None


async def require_alerts(context: RequestContext) -> None:
    """Make sure that alerts are known. Raises `Unavailable` while notifications does not answer."""
    if not await context.cache.know_alerts(context.view):
        raise Unavailable("Alerts cannot be read now: notifications does not answer. Try again.")


async def require_alerts_of(context: RequestContext, ids: Iterable[Id]) -> None:
    """The same, where an alert is among `ids`: one that was not read is not one that is not there."""
    if any(is_alert(id) for id in ids):
        await require_alerts(context)


def alerts_page(
    view: OrganizationView,
    states: list[enums.AlertState] | None,
    within: ID | None,
    kinds: list[enums.AlertKind] | None,
    first: int | None,
    after: str | None,
) -> Connection[Alert]:
    """Alerts that are known, newest first; `within` means that unit and the units below it."""
    known_unit(view, within, "unit")
    of_states, of_kinds = any_of(states), any_of(kinds)
    rows = [row for row in cost.scan(view.alerts.values()) if of_states is None or row.state in of_states]
    units = subunits(view, within) if within is not None else None
    rows = [row for row in cost.scan(rows) if units is None or row.addressee in units]
    rows = [row for row in cost.scan(rows) if of_kinds is None or row.kind in of_kinds]
    rows.sort(key=lambda row: (row.opened_at, row.id), reverse=True)
    return page(rows, lambda row: Alert(view=view, row=row), lambda row: row.id, first, after, MOST)
