"""What units say to a why, and how far it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.schema.core import enums
from gateway.schema.core.connection import Connection, page
from gateway.schema.core.filters import any_of
from gateway.schema.core.node import Node, field, own
from gateway.schema.core.registry import represent, represents
from gateway.schema.types import refs
from gateway.schema.types.lookups import must_unit, person, unit
from gateway.schema.types.questions import Question, questions_about
from gateway.views import why_coverage
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id
from goldenthread.organization.why_cascade import state_of


@represents(e.WhyAnswer)
@strawberry.type(description="What a unit says a why means for it, in its own words. Answering is passing on.")
class WhyAnswer(Node):
    """What a unit says a why means for it."""

    row: Private[e.WhyAnswer]
    stance: enums.AnswerStance = own()
    version: int = own("The version of the why that it answers.")
    statement: str = own()
    at: datetime = own()
    confirmed_at: datetime | None = own()

    @field
    def why(self) -> refs.Why:
        """The why it answers."""

        found: refs.Why = represent(self.view, self.view.org.whys[self.row.why])
        return found

    @field
    def unit(self) -> refs.OrgUnit:
        """The unit that says so."""
        return must_unit(self.view, self.row.unit)

    @field
    def state(self) -> enums.AnswerState:
        """STALE once the why moved on, QUESTIONED while a question about it is open."""
        return state_of(self.view.org, self.row)

    @field
    def by(self) -> refs.Person | None:
        """Who said it."""
        return person(self.view, self.row.by)

    @field
    def confirmed_by(self) -> refs.Person | None:
        """Who said for the why's side: so we meant it."""
        return person(self.view, self.row.confirmed_by)

    @field
    def questions(
        self, states: list[enums.QuestionState] | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[Question]:
        """What was asked about it, newest first."""
        return questions_about(self.view, self.row.id, states, first, after)


@strawberry.type(description="One level of the unit tree: how many of it a why addresses, and how many have answered.")
class CascadeLevel:
    """One level of a cascade."""

    row: Private[why_coverage.CascadeLevel]
    depth: int = own("Steps below the root of the organization.")
    addressed: int = own()
    answered: int = own()


@strawberry.type(description="A unit that a why has not reached, or from which nothing has come back.")
class SilentUnit:
    """A silent unit."""

    view: Private[OrganizationView]
    row: Private[why_coverage.SilentUnit]
    stage: enums.SilentStage = own()
    since: datetime | None = own("When the why reached it, or when it answered; null while it waits.")
    due_at: datetime | None = own("Until when it owes its answer.")
    overdue: bool = own()
    holds_up: int = own("Units below that wait for this one.")

    @field
    def unit(self) -> refs.OrgUnit:
        """The unit."""
        return must_unit(self.view, self.row.unit)

    @field
    def held_up_by(self) -> refs.OrgUnit | None:
        """The unit above that has to answer first; null unless NOT_PASSED_ON."""
        return unit(self.view, self.row.held_up_by)


@strawberry.type(
    description="How far a why has come. The unit that speaks it is not counted, nor those below a unit with no part "
    "in it."
)
class Cascade:
    """How far a why has come."""

    view: Private[OrganizationView]
    row: Private[why_coverage.WhyCoverage]
    addressed: int = own()
    answered: int = own()
    confirmed: int = own()
    overdue: int = own()

    @field
    def by_level(self) -> list[CascadeLevel]:
        """Level by level, the top first."""
        return [CascadeLevel(row=each) for each in self.row.by_level]

    @field
    def silent(self) -> list[SilentUnit]:
        """The silent side, from the top of the tree down, all at once; `silentUnits` has it in pages."""
        return [SilentUnit(view=self.view, row=each) for each in self.row.silent]

    @field
    def silent_units(self, first: int | None = None, after: str | None = None) -> Connection[SilentUnit]:
        """The silent side, from the top of the tree down."""
        silent = self.row.silent
        return page(silent, lambda row: SilentUnit(view=self.view, row=row), lambda row: row.unit, first, after)


def answers_page(
    view: OrganizationView, why: Id, states: Sequence[enums.AnswerState] | None, first: int | None, after: str | None
) -> Connection[WhyAnswer]:
    """What was said to a why, in the order in which it was passed on."""
    org = view.org
    rows = [org.answers[id] for id in cost.scan(org.answers_to.get(why, {}))]
    wanted = any_of(states)
    rows = [row for row in rows if row.unit in org.units and (wanted is None or state_of(org, row) in wanted)]
    cost.rows(len(rows))
    rows.sort(key=lambda row: (row.passed_on_at, row.id))
    return page(rows, lambda row: WhyAnswer(view=view, row=row), lambda row: row.id, first, after)


def answer_below(view: OrganizationView, link: e.Link) -> WhyAnswer | None:
    """What the units that own the child of a link said to the why that is its parent."""
    said = (view.org.answer(link.parent, unit) for unit in view.org.owners(link.child))
    row = next((each for each in said if each is not None), None)
    return WhyAnswer(view=view, row=row) if row is not None else None
