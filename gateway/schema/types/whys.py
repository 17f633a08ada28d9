"""The purpose and the strategic whys: what the organization is for, and what leadership asks for."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import Private

from gateway.request.context import Info
from gateway.schema.core import enums
from gateway.schema.core.connection import Connection
from gateway.schema.core.node import field, own
from gateway.schema.core.registry import represents
from gateway.schema.types import refs
from gateway.schema.types.answers import Cascade, WhyAnswer, answers_page
from gateway.schema.types.goal_nodes import GoalNode
from gateway.schema.types.lookups import key_results, person, units_in_order
from gateway.views import why_coverage
from goldenthread.contracts import entities as e


@represents(e.Purpose)
@strawberry.type(description="Why the organization exists.")
class Purpose(GoalNode):
    """Why the organization exists."""

    row: Private[e.Purpose]
    statement: str = own()
    version: int = own()
    state: enums.PurposeState = own()
    published_at: datetime | None = own()

    @field
    def published_by(self) -> refs.Person | None:
        """Who published it."""
        return person(self.view, self.row.published_by)


@represents(e.Why)
@strawberry.type(description="A strategic why: what leadership asks for, and because of what.")
class Why(GoalNode):
    """A strategic why."""

    row: Private[e.Why]
    statement: str = own()
    because: str | None = own("How it serves its parent; null when an import did not say.")
    version: int = own()
    state: enums.WhyState = own()
    published_at: datetime | None = own()

    @field
    def sponsor(self) -> refs.Person | None:
        """The person who sponsors it."""
        return person(self.view, self.row.sponsor)

    @field
    def audience(self) -> list[refs.OrgUnit]:
        """Its audience: the units that it addresses."""
        return units_in_order(self.view, self.row.audience)

    @field
    def cascade(self, info: Info) -> Cascade:
        """How far it has come, level by level, and who is silent."""
        return Cascade(view=self.view, row=why_coverage.coverage(self.view.org, self.row, info.context.now))

    @field
    def answers(
        self, states: list[enums.AnswerState] | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[WhyAnswer]:
        """What units say it means for them, in the order in which it was passed on."""
        return answers_page(self.view, self.row.id, states, first, after)

    @field
    def key_results(self) -> list[refs.KeyResult]:
        """What measures it."""
        return key_results(self.view, self.row.id)
