"""Turns: the next moves that a person or a unit owes, in one list."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID, Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.request.context import RequestContext
from gateway.schema.core import enums
from gateway.schema.core.connection import MOST, Connection, page
from gateway.schema.core.filters import any_of
from gateway.schema.core.known_ids import known_unit
from gateway.schema.core.node import Node, field
from gateway.schema.types import refs
from gateway.schema.types.lookups import must_find, must_unit
from gateway.views import turns as t
from gateway.views.next_steps import next_step
from gateway.views.turn_index import TurnIndex
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import Role
from goldenthread.organization import responsibility


@strawberry.type(description="One next move.")
class Turn:
    """One next move."""

    view: Private[OrganizationView]
    row: Private[t.Turn]
    now: Private[datetime]

    @field
    def kind(self) -> enums.TurnKind:
        """What is to be done."""
        return self.row.kind

    @field
    def subject(self) -> Node:
        """What it is about: a goal, a link, an answer, a question, what a customer said, or a person."""
        return must_find(self.view, self.row.subject)

    @field
    def unit(self) -> refs.OrgUnit:
        """Whose move it is."""
        return must_unit(self.view, _moves(self.view, self.row))

    @field
    def since(self) -> datetime:
        """Since when."""
        return self.row.since

    @field
    def due_at(self) -> datetime | None:
        """Until when."""
        return self.row.due_at

    @field
    def overdue(self) -> bool:
        """Whether that is over."""
        return self.row.overdue(self.now)

    @field
    def next_step(self) -> str:
        """What to do, in one sentence."""
        cost.rows(10)  # names and titles are looked up, and put together
        return next_step(self.view, self.row)


def my_turn(
    context: RequestContext, unit: ID | None, kinds: list[enums.TurnKind] | None, first: int | None, after: str | None
) -> Connection[Turn]:
    """The turns of a unit, or of the caller: their units' and those of goals they answer for."""
    view, me = context.view, context.me
    known_unit(view, unit, "unit")
    units = {unit} if unit is not None else context.my_units()
    mine = unit is None and me is not None
    administers = mine and me is not None and any(grant.role is Role.ADMIN for grant in me.roles)
    rows = view.index(TurnIndex).of(units, me.id if mine and me is not None else None, administers=administers)
    wanted = any_of(kinds)
    rows = [row for row in rows if (wanted is None or row.kind in wanted) and _moves(view, row) in view.org.units]
    rows = [row for row in rows if not (row.personal and row.overdue(context.now))]
    return page(rows, lambda row: Turn(view=view, row=row, now=context.now), lambda row: row.key, first, after, MOST)


def _moves(view: OrganizationView, turn: t.Turn) -> Id:
    """The unit that moves: the side's own, or the nearest above it that has a lead."""
    return responsibility.nearest_led_unit(view.org, turn.side) or turn.side
