"""The nodes of the goal graph: purpose, whys, objectives, key results."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import strawberry
from strawberry import ID, Private

from gateway.budget import cost
from gateway.errors import BadRequest
from gateway.live.organization_state import NOT_JUDGED
from gateway.live.organization_view import OrganizationView
from gateway.request.context import Info
from gateway.schema.core import enums
from gateway.schema.core.connection import Connection, page
from gateway.schema.core.filters import called
from gateway.schema.core.known_ids import known_node
from gateway.schema.core.node import Node, field, own
from gateway.schema.types.alignment import Alignment
from gateway.schema.types.answers import Cascade, WhyAnswer, answers_page
from gateway.schema.types.feedback import CustomerFeedback, feedback_about
from gateway.schema.types.history import HistoryEntry, history_page
from gateway.schema.types.links import Link, shown
from gateway.schema.types.organization import Cycle, OrgUnit, Person, person, unit
from gateway.schema.types.questions import Question, questions_about
from gateway.views import why_coverage
from gateway.views.progress import GoalProgress
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id
from goldenthread.organization import former_links

ACCEPTED = [enums.LinkState.ACCEPTED]


@strawberry.interface(description="A node of the goal graph: purpose, why, objective or key result.")
class GoalNode(Node):
    """A node of the goal graph."""

    @field
    def title(self) -> str:
        """What to call it; of a purpose without a title its statement."""
        return called(self.row)

    @field
    def owners(self) -> list[OrgUnit]:
        """The owning units, the primary owner first. Empty for the purpose."""
        return units_in_order(self.view, self.view.org.owners(self.row.id))

    @field
    def alignment(self) -> Alignment:
        """The verdict on it."""
        return Alignment(view=self.view, node=self.row.id)

    @field
    def parents(self, states: list[enums.LinkState] | None = ACCEPTED) -> list[Link]:
        """Nodes this one is linked up to, the oldest accepted link first."""
        cost.rows(3 * len(self.view.org.up.get(self.row.id, {})))
        rows = [] if states == [] else self.view.org.parents(self.row.id, *_states(states))
        return [Link(view=self.view, row=row) for row in shown(self.view, rows)]

    @field
    def former_link(self, parent: ID) -> Link | None:
        """The last link up to `parent` that was withdrawn or declined: its terms can be offered again by `link`."""
        known_node(self.view, parent, "parent")
        cost.rows(len(former_links.candidates(self.view.org, self.row.id, parent)))
        row = former_links.former_link(self.view.org, self.row.id, parent)
        return Link(view=self.view, row=row) if row is not None else None

    @field
    def children(
        self, states: list[enums.LinkState] | None = ACCEPTED, first: int | None = None, after: str | None = None
    ) -> Connection[Link]:
        """Nodes linked up to this one."""
        cost.rows(3 * len(self.view.org.down.get(self.row.id, {})))  # looked at, sorted, shown
        found = [] if states == [] else self.view.org.children(self.row.id, *_states(states))
        rows = shown(self.view, found)
        return page(rows, lambda row: Link(view=self.view, row=row), lambda row: row.id, first, after)

    @field
    def questions(
        self, states: list[enums.QuestionState] | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[Question]:
        """What was asked about it, newest first; settlements stay here."""
        return questions_about(self.view, self.row.id, states, first, after)

    @field
    def feedback(self, first: int | None = None, after: str | None = None) -> Connection[CustomerFeedback]:
        """What customers said about it, newest first."""
        return feedback_about(self.view, self.row.id, first, after)

    @field
    async def history(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[HistoryEntry]:
        """What happened to it, newest first."""
        return await history_page(info, self.row.id, first, after)


@strawberry.type(description="Why the organisation exists.")
class Purpose(GoalNode):
    """Why the organisation exists."""

    row: Private[e.Purpose]
    statement: str = own()
    version: int = own()
    state: enums.PurposeState = own()
    published_at: datetime | None = own()

    @field
    def published_by(self) -> Person | None:
        """Who published it."""
        return person(self.view, self.row.published_by)


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
    def sponsor(self) -> Person | None:
        """Who stands for it."""
        return person(self.view, self.row.sponsor)

    @field
    def audience(self) -> list[OrgUnit]:
        """The units it is told to."""
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
    def key_results(self) -> list[KeyResult]:
        """What measures it."""
        return key_results(self.view, self.row.id)


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
    def closed_by(self) -> Person | None:
        """Who closed it."""
        return person(self.view, self.row.closed_by)

    @field
    def owners(self) -> list[OrgUnit]:
        """The same outcome for every owner."""
        return units_in_order(self.view, self.row.owners)

    @field
    def alignment(self) -> enums.AlignmentState:
        """The verdict when it ended."""
        return self.view.judgement(self.objective).verdict.frozen or NOT_JUDGED.state


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
    def cycle(self) -> Cycle | None:
        """Its planning period."""
        row = self.view.org.cycles.get(self.row.cycle or "")
        return Cycle(view=self.view, row=row) if row else None

    @field
    def accountable(self) -> Person | None:
        """The person answering for it."""
        return person(self.view, self.row.accountable)

    @field
    def key_results(self) -> list[KeyResult]:
        """What measures it."""
        return key_results(self.view, self.row.id)

    @field
    def invited(self) -> list[OrgUnit]:
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


@strawberry.type(description="One reading of a key result.")
class CheckIn(Node):
    """One reading of a key result."""

    row: Private[e.CheckIn]
    value: float = own()
    confidence: float | None = own()
    status: enums.ProgressStatus | None = own()
    note: str | None = own()
    at: datetime = own()
    acknowledged_at: datetime | None = own()

    @field
    def key_result(self) -> KeyResult:
        """What was read."""
        return KeyResult(view=self.view, row=self.view.org.key_results[self.row.key_result])

    @field
    def by(self) -> Person | None:
        """Who read it."""
        return person(self.view, self.row.by)

    @field
    def acknowledged_by(self) -> Person | None:
        """Who has taken note of it."""
        return person(self.view, self.row.acknowledged_by)


@strawberry.type(description="A measure of one objective or why.")
class KeyResult(GoalNode):
    """A measure."""

    row: Private[e.KeyResult]
    description: str | None = own()
    start_value: float | None = own()
    target_value: float | None = own()
    current_value: float | None = own()
    measure_unit: str | None = own()
    direction: enums.Direction = own()
    status: enums.ProgressStatus | None = own()
    confidence: float | None = own()
    version: int = own()

    @field
    def measures(self) -> GoalNode:
        """The objective or why it measures."""
        return must_node(self.view, self.row.measures)

    @field
    def continues(self) -> KeyResult | None:
        """What this is a copy of: the same measure in the cycle before."""
        return key_result(self.view, self.row.continues)

    @field
    def continued_by(self) -> KeyResult | None:
        """The copy that goes on with it: the one that is under way, else the last one."""
        return key_result(self.view, self.view.org.continued(self.row.id))

    @field
    def progress(self) -> float | None:
        """0..1 of the way from start (0 when not given) to target.

        null where there is no way in its direction (no target; a target of 0 without a start; a target that is the
        start), unless the target is reached.
        """
        return self.view.derived(GoalProgress).own(self.row.id)

    @field
    def check_ins(self, first: int | None = None, after: str | None = None) -> Connection[CheckIn]:
        """Its readings, newest first."""
        found = cost.scan(self.view.org.check_ins_of.get(self.row.id, {}))
        rows = [self.view.org.check_ins[id] for id in found]
        cost.rows(len(rows))
        rows.sort(key=lambda row: (row.at, row.id), reverse=True)
        return page(rows, lambda row: CheckIn(view=self.view, row=row), lambda row: row.id, first, after)


_KINDS: dict[type[Any], type[GoalNode]] = {
    e.Purpose: Purpose,
    e.Why: Why,
    e.Objective: Objective,
    e.KeyResult: KeyResult,
}


def goal_node(view: OrganizationView, id: Id | None) -> GoalNode | None:
    """The node of the goal graph with this id, or None."""
    row = view.org.node(id) if id else None
    return _KINDS[type(row)](view=view, row=row) if row is not None else None


def objective(view: OrganizationView, id: Id | None) -> Objective | None:
    """The objective with this id, or None."""
    row = view.org.objectives.get(id or "")
    return Objective(view=view, row=row) if row is not None else None


def key_result(view: OrganizationView, id: Id | None) -> KeyResult | None:
    """The key result with this id, or None."""
    row = view.org.key_results.get(id or "")
    return KeyResult(view=view, row=row) if row is not None else None


def must_node(view: OrganizationView, id: Id) -> GoalNode:
    """The node of the goal graph with this id. Raises `BadRequest` when it is not known here."""
    found = goal_node(view, id)
    if found is None:
        raise BadRequest(f"{id} is not known in this organisation.", "NOT_FOUND")
    return found


def key_results(view: OrganizationView, node: Id) -> list[KeyResult]:
    """The key results of an objective or why that were not removed, the oldest first."""
    rows = (view.org.key_results[id] for id in sorted(cost.scan(view.org.measures_of.get(node, {}))))
    return [KeyResult(view=view, row=row) for row in rows if not row.removed]


def units_in_order(view: OrganizationView, ids: list[Id]) -> list[OrgUnit]:
    """Units by id, in the order given."""
    return [found for id in cost.scan(ids) if (found := unit(view, id)) is not None]


def _states(states: list[enums.LinkState] | None) -> list[enums.LinkState]:
    return list(enums.LinkState if states is None else dict.fromkeys(states))
