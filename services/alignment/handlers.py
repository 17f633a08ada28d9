"""What alignment does with goals' commits: apply, judge, publish. Pure; the projection runs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import Cause, Transition
from goldenthread.runtime.projection.position import Commit
from services.alignment.domain.transitions import Output, outputs
from services.alignment.domain.verdict import Graph


class Since(Struct, frozen=True):
    """When a node's verdict last turned, and because of which goals event."""

    at: datetime
    caused_by: Cause


class Judgement(Struct):
    """An organisation's graph, and what changed in it since the last save."""

    graph: Graph
    nodes: set[Id]
    links: set[Id]
    since: dict[Id, Since]


class AlignmentFold:
    """`runtime.projection.protocols.Fold`: goals' commits → transitions and labels."""

    version = 1

    def new(self, organization: str) -> Judgement:  # noqa: ARG002 - the protocol's
        """Nothing is known yet."""
        return Judgement(Graph(), set(), set(), {})

    def apply(self, state: Judgement, commit: Commit) -> Sequence[Output]:
        """Judge one commit, as a whole."""
        for event in commit.events:
            state.graph.apply(event.data, event.sequence)
        changes = state.graph.judge()
        state.nodes.update(changes.nodes)
        state.links.update(changes.links)
        found = outputs(commit.events, changes)
        for output in found:
            if isinstance(output.payload, Transition):
                state.since[output.payload.node] = Since(output.time, output.payload.caused_by)
        return found
