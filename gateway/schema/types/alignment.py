"""The verdict on a node, its golden thread, and who must act when it is broken."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import Private

from gateway.live.organization_view import OrganizationView
from gateway.request.context import Info
from gateway.schema.core import enums
from gateway.schema.core.node import field
from gateway.schema.core.registry import represent
from gateway.schema.types import refs
from gateway.schema.types.answers import WhyAnswer, answer_below
from gateway.schema.types.history import HistoryEntry, change
from gateway.schema.types.lookups import goal_node, must_node, unit
from gateway.views import golden_thread
from goldenthread.contracts import entities as e
from goldenthread.contracts.entities import Id
from goldenthread.contracts.events import alignment as a
from goldenthread.organization import responsibility


@strawberry.type(description="One node of a golden thread, and the link climbed from the node below.")
class Hop:
    """One node of a golden thread."""

    view: Private[OrganizationView]
    row: Private[golden_thread.ThreadStep]

    @field
    def node(self) -> refs.GoalNode:
        """The node."""

        return must_node(self.view, self.row.node)

    @field
    def because(self) -> str | None:
        """Why the node below serves this one; null on the first hop."""
        return self.row.link.because if self.row.link else None

    @field
    def explained(self) -> bool:
        """Whether that why is there and up to date."""
        return self.row.link is None or self.view.org.explained(self.row.link)

    @field
    def link(self) -> refs.Link | None:
        """The link climbed to get here."""

        return represent(self.view, self.row.link) if self.row.link else None

    @field
    def answer(self) -> WhyAnswer | None:
        """What the unit below said this why means for it."""
        return answer_below(self.view, self.row.link) if self.row.link else None


@strawberry.type(description="The verdict on a node: does its why trace back to the business purpose?")
class Alignment:
    """The verdict on a node."""

    view: Private[OrganizationView]
    node: Private[Id]

    @property
    def verdict(self) -> a.Verdict:
        """The verdict as it is now."""
        return self.view.judgement(self.node).verdict

    @field
    def state(self) -> enums.AlignmentState:
        """The state."""
        return self.verdict.state

    @field
    def depth(self) -> int | None:
        """Hops to the purpose; null when orphaned."""
        return self.verdict.depth

    @field
    def line_of_sight(self) -> list[Hop]:
        """The golden thread, from this node up to the purpose; empty when orphaned."""
        return [Hop(view=self.view, row=step) for step in golden_thread.line_of_sight(self.view, self.node)]

    @field
    def broken_at(self) -> refs.GoalNode | None:
        """Where the chain ends and why; null unless orphaned."""
        return self._node(self.verdict.broken_at)

    @field
    def cause(self) -> enums.OrphanCause | None:
        """Why it ends there."""
        return self.verdict.cause

    @field
    def lost_parent(self) -> refs.GoalNode | None:
        """What brokenAt used to hang on, if anything."""
        return self._node(self.verdict.lost_parent)

    @field
    def since(self) -> datetime | None:
        """When the verdict last changed."""
        return self.view.judgement(self.node).since

    @field
    def silent_side(self) -> refs.OrgUnit | None:
        """Who must move now, and what would mend it; null when aligned."""
        return unit(self.view, responsibility.silent_side(self.view.org, self.node, self.verdict, self._hop))

    @field
    def next_step(self) -> str | None:
        """What would mend it."""
        return responsibility.next_step(self.view.org, self.node, self.verdict, self._hop)

    @field
    async def broken_by(self, info: Info) -> HistoryEntry | None:
        """The change that broke it."""
        judged = self.view.judgement(self.node)
        broken = judged.verdict.state in (a.AlignmentState.ORPHANED, a.AlignmentState.UNEXPLAINED)
        return await change(info, judged.caused_by.sequence) if broken and judged.caused_by else None

    @field
    def aloud(self) -> str:
        """The thread as one readable text, top first."""
        return golden_thread.aloud(self.view, self.node)

    @field
    def revision(self) -> int:
        """Goals revision this verdict reflects; 0 while none is known: then every `state` is NOT_JUDGED."""
        return self.view.judged

    @field
    def up_to_date(self) -> bool:
        """False while an accepted change is newer, and while verdicts are not known because alignment is away."""
        return self.view.up_to_date

    def _hop(self) -> e.Link | None:
        return golden_thread.first_unexplained(self.view, self.node)

    def _node(self, id: Id | None) -> refs.GoalNode | None:

        return goal_node(self.view, id)
