"""What all nodes of the goal graph share: purpose, whys, objectives and key results."""

from __future__ import annotations

import strawberry
from strawberry import ID

from gateway.budget import cost
from gateway.request.context import Info
from gateway.schema.core import enums
from gateway.schema.core.connection import Connection, page
from gateway.schema.core.filters import called
from gateway.schema.core.known_ids import known_node
from gateway.schema.core.node import Node, field
from gateway.schema.types import refs
from gateway.schema.types.alignment import Alignment
from gateway.schema.types.feedback import CustomerFeedback, feedback_about
from gateway.schema.types.history import HistoryEntry, history_page
from gateway.schema.types.links import Link, shown
from gateway.schema.types.lookups import units_in_order
from gateway.schema.types.questions import Question, questions_about
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
    def owners(self) -> list[refs.OrgUnit]:
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


def _states(states: list[enums.LinkState] | None) -> list[enums.LinkState]:
    return list(enums.LinkState if states is None else dict.fromkeys(states))
