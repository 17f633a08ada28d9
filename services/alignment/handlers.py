"""What alignment does with goals' commits: apply, judge, publish. Pure; the projection runs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import Cause, HealthRecorded, Transition
from goldenthread.contracts.events.clock import DayClosed
from goldenthread.runtime.projection.position import Commit
from services.alignment.domain.listening.figures import Figures
from services.alignment.domain.transitions import CHUNK, Output, outputs, published
from services.alignment.domain.verdict import Graph


class Since(Struct, frozen=True):
    """When a node's verdict last turned, and because of which goals event."""

    at: datetime
    caused_by: Cause


class Judgement(Struct):
    """An organisation's graph and figures, and what changed in them since the last save."""

    graph: Graph
    nodes: set[Id]
    links: set[Id]
    since: dict[Id, Since]
    figures: Figures
    days: list[HealthRecorded]


class AlignmentFold:
    """`runtime.projection.protocols.Fold`: goals' commits → transitions, labels and health."""

    version = 2

    def new(self, organization: str) -> Judgement:  # noqa: ARG002 - the protocol's
        """Nothing is known yet."""
        return Judgement(Graph(), set(), set(), {}, Figures(), [])

    def apply(self, state: Judgement, commit: Commit) -> Sequence[Output]:
        """Judge one commit, as a whole."""
        for event in commit.events:
            state.graph.apply(event.data, event.sequence)
            state.figures.apply(event.data)
        changes = state.graph.judge()
        state.nodes.update(changes.nodes)
        state.links.update(changes.links)
        state.figures.settle(state.graph.verdict, [each.node for each in changes.labels])
        found = outputs(commit.events, changes)
        for output in found:
            if isinstance(output.payload, Transition):
                state.since[output.payload.node] = Since(output.time, output.payload.caused_by)
        return found + _days(state, commit, len(found))


def _days(state: Judgement, commit: Commit, start: int) -> list[Output]:
    """How everybody stands, for every day that the commit closed."""
    found: list[Output] = []
    for event in commit.events:
        if isinstance(event.data, DayClosed):
            points = list(state.figures.with_objectives())
            some = [HealthRecorded(event.data.day, points[n : n + CHUNK]) for n in range(0, len(points), CHUNK)]
            state.days += some
            made = [(event.organization, each) for each in some]
            found += published(commit.events[-1], event, made, start + len(found))
    return found
