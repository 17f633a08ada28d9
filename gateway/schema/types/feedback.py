"""What customers say, and what they are told."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.schema.core import enums
from gateway.schema.core.connection import MOST, NESTED, Connection, page
from gateway.schema.core.filters import subunits
from gateway.schema.core.known_ids import known_unit
from gateway.schema.core.node import Node, field, own
from gateway.schema.core.registry import represents
from gateway.schema.types import refs
from gateway.schema.types.lookups import goal_nodes, person, unit
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id


@strawberry.type(description="What a unit answered to what a customer said.")
class FeedbackResponse:
    """What a unit answered to a customer."""

    view: Private[OrganizationView]
    row: Private[e.FeedbackResponse]
    body: str = own()
    outcome: enums.FeedbackOutcome = own()
    at: datetime = own()

    @field
    def by(self) -> refs.Person | None:
        """Who answered."""
        return person(self.view, self.row.by)

    @field
    def unit(self) -> refs.OrgUnit | None:
        """The unit they spoke for."""
        return unit(self.view, self.row.unit)


@represents(e.CustomerFeedback)
@strawberry.type(description="Feedback of a customer, about any goals, or not yet linked to one.")
class CustomerFeedback(Node):
    """Feedback of a customer."""

    row: Private[e.CustomerFeedback]
    source: str = own()
    segment: str | None = own()
    body: str = own()
    sentiment: enums.Sentiment | None = own()
    received_at: datetime = own()
    recorded_at: datetime = own()

    @field
    def about(self) -> list[refs.GoalNode]:
        """The goals it is about."""

        return goal_nodes(self.view, self.row.about)

    @field
    def responses(self) -> list[FeedbackResponse]:
        """What units answered, the first one first."""
        return [FeedbackResponse(view=self.view, row=each) for each in self.row.responses]

    @field
    def recorded_by(self) -> refs.Person | None:
        """Who wrote it down."""
        return person(self.view, self.row.recorded_by)


def feedback_about(
    view: OrganizationView, node: Id, first: int | None, after: str | None
) -> Connection[CustomerFeedback]:
    """What customers said about a goal, newest first."""
    rows = [view.org.feedback[id] for id in cost.scan(view.org.feedback_about.get(node, {}))]
    return _page(view, rows, first, after, NESTED)


def feedback_page(
    view: OrganizationView, linked: bool | None, unit: Id | None, first: int | None, after: str | None
) -> Connection[CustomerFeedback]:
    """What customers said, newest first; `linked` and `unit` ask for a part of it."""
    known_unit(view, unit, "unit")
    rows = [row for row in cost.scan(view.org.feedback.values()) if linked is None or bool(row.about) == linked]
    if unit is not None:
        within = subunits(view, unit)
        cost.rows(sum(len(row.about) for row in rows))
        rows = [row for row in rows if any(not within.isdisjoint(view.org.owners(goal)) for goal in row.about)]
    return _page(view, rows, first, after, MOST)


def _page(
    view: OrganizationView, rows: list[e.CustomerFeedback], first: int | None, after: str | None, most: int
) -> Connection[CustomerFeedback]:
    cost.rows(len(rows))
    rows.sort(key=lambda row: (row.received_at, row.id), reverse=True)
    return page(rows, lambda row: CustomerFeedback(view=view, row=row), lambda row: row.id, first, after, most)
