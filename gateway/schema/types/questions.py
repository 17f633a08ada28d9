"""Questions, kept until they are settled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import ID, Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.schema.core import enums
from gateway.schema.core.connection import MOST, NESTED, Connection, page
from gateway.schema.core.filters import any_of
from gateway.schema.core.known_ids import known_unit
from gateway.schema.core.node import Node, field, own
from gateway.schema.core.registry import represents
from gateway.schema.types import refs
from gateway.schema.types.lookups import must_find, person, unit
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id


@strawberry.type(description="What the side that is asked says.")
class Answer:
    """One answer to a question."""

    view: Private[OrganizationView]
    row: Private[e.QuestionAnswer]
    body: str = own()
    at: datetime = own()

    @field
    def by(self) -> refs.Person | None:
        """Who said it."""
        return person(self.view, self.row.by)

    @field
    def unit(self) -> refs.OrgUnit | None:
        """The unit they spoke for."""
        return unit(self.view, self.row.unit)


@strawberry.type(description="How a question ended, as its asker's side says; it stays on the node.")
class Settlement:
    """How a question ended."""

    view: Private[OrganizationView]
    row: Private[e.Settlement]
    kind: enums.SettlementKind = own()
    note: str = own()
    at: datetime = own()
    resulting_version: int | None = own("The version that an AMENDED one led to.")

    @field
    def by(self) -> refs.Person | None:
        """Who settled it."""
        return person(self.view, self.row.by)


@represents(e.Question)
@strawberry.type(description="A question about a purpose, why, objective, key result, link or answer.")
class Question(Node):
    """A question."""

    row: Private[e.Question]
    body: str = own()
    state: enums.QuestionState = own()
    asked_at: datetime = own()
    due_at: datetime | None = own()
    escalations: int = own("How often it went to the next unit above, because nobody answered.")
    unheard: bool = own("Nobody answered, and there is no unit above to ask.")

    @field
    def about(self) -> Node:
        """What it is about."""

        return must_find(self.view, self.row.about)

    @field
    def asked_by(self) -> refs.Person | None:
        """Who asks."""
        return person(self.view, self.row.asked_by)

    @field
    def unit(self) -> refs.OrgUnit | None:
        """The unit that asks."""
        return unit(self.view, self.row.unit)

    @field
    def answers(self) -> list[Answer]:
        """What was said to it."""
        return [Answer(view=self.view, row=each) for each in self.row.answers]

    @field
    def settlement(self) -> Settlement | None:
        """How it ended; null until it is settled."""
        found = self.row.settlement
        return Settlement(view=self.view, row=found) if found is not None else None

    @field
    def awaiting(self) -> refs.OrgUnit | None:
        """Whose turn it is."""
        return unit(self.view, self.row.awaiting)


def questions_about(
    view: OrganizationView, id: Id, states: Sequence[enums.QuestionState] | None, first: int | None, after: str | None
) -> Connection[Question]:
    """What was asked about one thing, newest first."""
    rows = [view.org.questions[each] for each in cost.scan(view.org.questions_about.get(id, {}))]
    return _page(view, rows, states, first, after, NESTED)


def questions_page(
    view: OrganizationView,
    states: Sequence[enums.QuestionState] | None,
    within: ID | None,
    first: int | None,
    after: str | None,
) -> Connection[Question]:
    """Questions, newest first; `within` means those that a unit asked or is asked."""
    known_unit(view, within, "unit")
    rows = [row for row in cost.scan(view.org.questions.values()) if within is None or within in (row.unit, row.asked)]
    return _page(view, rows, states, first, after, MOST)


def _page(
    view: OrganizationView,
    rows: list[e.Question],
    states: Sequence[enums.QuestionState] | None,
    first: int | None,
    after: str | None,
    most: int,
) -> Connection[Question]:
    wanted = any_of(states)
    shown = [row for row in rows if wanted is None or row.state in wanted]
    shown = [row for row in shown if view.org.get(row.about) is not None]
    cost.rows(len(shown))
    shown.sort(key=lambda row: (row.asked_at, row.id), reverse=True)
    return page(shown, lambda row: Question(view=view, row=row), lambda row: row.id, first, after, most)
