"""Two-sided links and the conversation about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.schema.core import enums
from gateway.schema.core.connection import Connection
from gateway.schema.core.node import Node, field, own
from gateway.schema.core.registry import represents
from gateway.schema.types import refs
from gateway.schema.types.lookups import must_node, person, unit
from gateway.schema.types.questions import Question, questions_about
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id
from goldenthread.organization import responsibility


@strawberry.type(description="One turn of the conversation about a link, kept for both sides to read.")
class LinkRound:
    """One turn of the conversation about a link."""

    view: Private[OrganizationView]
    row: Private[e.LinkRound]
    round: int = own()
    because: str | None = own()
    in_return: str | None = own()
    at: datetime = own()

    @field
    def unit(self) -> refs.OrgUnit | None:
        """The unit that spoke."""
        return unit(self.view, self.row.unit)

    @field
    def by(self) -> refs.Person | None:
        """Who spoke."""
        return person(self.view, self.row.by)


@represents(e.Link)
@strawberry.type(description="A two-sided link: the child says why it serves, the parent says what it gives in return.")
class Link(Node):
    """A two-sided link."""

    row: Private[e.Link]
    kind: enums.LinkKind = own()
    weight: float | None = own()
    because: str | None = own()
    in_return: str | None = own()
    state: enums.LinkState = own()
    proposed_at: datetime = own()
    decided_at: datetime | None = own()
    reason: str | None = own()
    due_at: datetime | None = own()
    round: int = own()
    kept: enums.Kept | None = own("Was the promise in return kept? Said by the child's side at closing.")

    @field
    def child(self) -> refs.GoalNode:
        """The node that serves."""

        return must_node(self.view, self.row.child)

    @field
    def parent(self) -> refs.GoalNode:
        """The node that is served."""

        return must_node(self.view, self.row.parent)

    @field
    def explained(self) -> bool:
        """Accepted, with a because written or reaffirmed against the parent's current version."""
        return self.view.org.explained(self.row)

    @field
    def primary(self) -> bool:
        """The oldest accepted link of its child."""
        cost.rows(2 * len(self.view.org.up.get(self.row.child, {})))
        return next(iter(self.view.org.parents(self.row.child)), None) == self.row

    @field
    def proposed_by(self) -> refs.Person | None:
        """Who proposed it."""
        return person(self.view, self.row.proposed_by)

    @field
    def decided_by(self) -> refs.Person | None:
        """Who decided on it."""
        return person(self.view, self.row.decided_by)

    @field
    def awaiting(self) -> refs.OrgUnit | None:
        """Whose turn it is."""
        return unit(self.view, awaited(self.view, self.row))

    @field
    def rounds(self) -> list[LinkRound]:
        """Every turn so far."""
        return [LinkRound(view=self.view, row=each) for each in self.row.rounds]

    @field
    def questions(
        self, states: list[enums.QuestionState] | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[Question]:
        """What was asked about it, newest first."""
        return questions_about(self.view, self.row.id, states, first, after)


def awaited(view: OrganizationView, link: e.Link) -> Id | None:
    """The unit whose move it is; None when nobody has to move."""
    if link.turn is None or not (view.org.under_way(link.child) and view.org.under_way(link.parent)):
        return None
    return responsibility.nearest_led_unit(view.org, responsibility.side_unit(view.org, link, link.turn))


def shown(view: OrganizationView, rows: Sequence[e.Link]) -> list[e.Link]:
    """The links that can be shown: both of their ends are known (imported data may contain anything)."""
    return [row for row in rows if view.org.node(row.child) is not None and view.org.node(row.parent) is not None]
