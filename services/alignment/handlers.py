"""What alignment does with goals' commits: apply, judge, publish. Pure; the projection runs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alignment import Cause, HealthRecorded, Transition, Verdict
from goldenthread.contracts.events.goals import PAYLOADS, CheckInRecorded, PolicyChanged
from goldenthread.contracts.events.goals.clock import DayClosed
from goldenthread.runtime.streams.position import Commit
from services.alignment.domain.figures.figures_fold import FiguresFold
from services.alignment.domain.figures.silos import Silos
from services.alignment.domain.transitions import CHUNK, AlignmentDraft, caused_drafts, commit_drafts
from services.alignment.domain.verdict import Graph
from services.alignment.domain.verdict.graph_view import GraphView


class LastTransition(Struct, frozen=True):
    """When a node's verdict last turned, and because of which goals event."""

    at: datetime
    caused_by: Cause


class Judgement(Struct):
    """An organization's graph and figures, and what changed in them since the last save."""

    graph: Graph
    last_transitions: dict[Id, LastTransition]
    figures: FiguresFold
    silos: Silos
    recorded_days: list[HealthRecorded]
    changed_verdicts: dict[Id, Verdict]
    """The verdicts that changed, as they are now."""

    def verdict(self, node: Id) -> Verdict | None:
        """The verdict on a node; None when it is unknown."""
        return self.changed_verdicts.get(node) or self.graph.verdict(node)


class AlignmentFold:
    """`runtime.projection.protocols.Fold`: goals' commits → transitions, labels, silos and health."""

    version = 8
    ignored_types = frozenset(name for name, kind in PAYLOADS.items() if kind is CheckInRecorded)
    """Types of events from which nothing follows: they may come without their data."""

    def new(self, organization: str) -> Judgement:  # noqa: ARG002 - the protocol's
        """An organization without an event."""
        graph = Graph()
        return Judgement(graph, {}, FiguresFold(GraphView(graph), graph.verdict), Silos(), [], {})

    def apply(self, state: Judgement, commit: Commit) -> Sequence[AlignmentDraft]:
        """Judge one commit, as a whole. Most commits change nothing that counts here: check-ins, other words."""
        if not self._changed(state, commit):
            return ()
        changes, last = state.graph.judge(), commit.events[-1]
        state.changed_verdicts.update((each.node, each.after) for each in changes.labels)
        touched = state.figures.settle(changes.labels, last.time.astimezone(UTC).date(), changes.rows)
        found = commit_drafts(commit.events, changes)
        turned = [each.payload for each in found if isinstance(each.payload, Transition)]
        if turned:
            since = LastTransition(last.time, turned[0].caused_by)
            state.last_transitions.update((each.node, since) for each in turned)
        silo_events = state.silos.follow(state.figures, touched, last.time)
        found += caused_drafts(last, last, [(each.unit, each) for each in silo_events], len(found))
        for event in commit.events:
            found += _clock_events(state, event, last, len(found))
        return found

    def _changed(self, state: Judgement, commit: Commit) -> bool:
        """Take a commit in; False when nothing follows from it."""
        relevant = [event for event in commit.events if event.data is not None and event.type not in self.ignored_types]
        if not relevant:
            return False
        for event in relevant:
            state.figures.apply(event.data)
        changed, clock = state.figures.changed, False
        for event in relevant:
            changed |= state.graph.apply(event.data, event.sequence)
            clock |= isinstance(event.data, (DayClosed, PolicyChanged))
        return changed or clock

    def weight(self, state: Judgement) -> int:
        """Its nodes and links."""
        return len(state.graph)


def _clock_events(state: Judgement, event: Event, last: Event, start: int) -> list[AlignmentDraft]:
    """At the end of a day: the figures of the organization and all units, and the silos; silos also when the policy
    changes.
    """
    made: list[tuple[Id, Struct]] = []
    if isinstance(event.data, DayClosed):
        points = list(state.figures.with_objectives())
        some = [HealthRecorded(event.data.day, points[n : n + CHUNK]) for n in range(0, len(points), CHUNK)]
        state.recorded_days += some
        made = [(event.organization, each) for each in some]
        midnight = datetime.combine(event.data.day + timedelta(days=1), time(), UTC)
        made += [(each.unit, each) for each in state.silos.judge(state.figures, midnight)]
    elif isinstance(event.data, PolicyChanged):
        made = [(each.unit, each) for each in state.silos.judge(state.figures, event.time)]
    return caused_drafts(last, event, made, start)
