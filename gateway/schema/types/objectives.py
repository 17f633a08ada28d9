"""Objectives, and what became of them."""

from __future__ import annotations

from datetime import date, datetime

import strawberry
from strawberry import Private

from gateway.live.folded_organization import NOT_JUDGED
from gateway.live.organization_view import OrganizationView
from gateway.schema.core import enums
from gateway.schema.core.node import field, own
from gateway.schema.core.registry import represent, represents
from gateway.schema.types import refs
from gateway.schema.types.goal_nodes import GoalNode
from gateway.schema.types.lookups import key_results, objective, person, units_in_order
from gateway.views.progress import GoalProgress
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id


@strawberry.type(description="Recorded at closing, the same for every owner.")
class Outcome:
    """What an objective came to."""

    view: Private[OrganizationView]
    objective: Private[Id]
    row: Private[e.Outcome]
    grade: float = own()
    note: str = own()
    closed_at: datetime = own()

    @field
    def closed_by(self) -> refs.Person | None:
        """Who closed it."""
        return person(self.view, self.row.closed_by)

    @field
    def owners(self) -> list[refs.OrgUnit]:
        """The same outcome for every owner."""
        return units_in_order(self.view, self.row.owners)

    @field
    def alignment(self) -> enums.AlignmentState:
        """The verdict when it ended."""
        return self.view.judgement(self.objective).verdict.frozen or NOT_JUDGED.state


@represents(e.Objective)
@strawberry.type(description="A qualitative goal of its owning units.")
class Objective(GoalNode):
    """A qualitative goal."""

    row: Private[e.Objective]
    description: str | None = own()
    state: enums.ObjectiveState = own()
    status: enums.ProgressStatus | None = own()
    version: int = own()
    starts_on: date | None = own("Its own first day, where one was given beside its cycle.")
    ends_on: date | None = own("Its own last day, where one was given beside its cycle.")

    @field
    def progress(self) -> float | None:
        """Of its own key results; null when none is measurable."""
        return self.view.derived(GoalProgress).own(self.row.id)

    @field
    def contributed_progress(self) -> float | None:
        """Of what contributes to it; never mixed into progress."""
        return self.view.derived(GoalProgress).contributed(self.row.id)

    @field
    def cycle(self) -> refs.Cycle | None:
        """Its planning period."""
        row = self.view.org.cycles.get(self.row.cycle or "")
        return represent(self.view, row) if row else None

    @field
    def accountable(self) -> refs.Person | None:
        """The person answering for it."""
        return person(self.view, self.row.accountable)

    @field
    def key_results(self) -> list[refs.KeyResult]:
        """What measures it."""
        return key_results(self.view, self.row.id)

    @field
    def invited(self) -> list[refs.OrgUnit]:
        """Units that were asked to own it too and have not decided yet."""
        return units_in_order(self.view, self.row.invited)

    @field
    def continues(self) -> Objective | None:
        """What this is a copy of: the same goal in the cycle before, closed with its grade."""
        return objective(self.view, self.row.continues)

    @field
    def continued_by(self) -> Objective | None:
        """The copy that goes on with it: the one that is under way, else the last one."""
        return objective(self.view, self.view.org.continued(self.row.id))

    @field
    def outcome(self) -> Outcome | None:
        """Recorded at closing, the same for every owning unit."""
        found = self.row.outcome
        return Outcome(view=self.view, objective=self.row.id, row=found) if found else None
