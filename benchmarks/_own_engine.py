"""Our engine, told of a graph, timed commit by commit, and asked for what the peers are asked for."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from time import perf_counter_ns

from benchmarks._garbage_collection import quiet
from benchmarks._graphs import UNEXPLAINED_HOP, FlatGraph, GraphCommit
from goldenthread.contracts.events.alignment import AlignmentState
from services.alignment.domain.verdict import Graph


class OwnEngine:
    """The graph of a world as it is now, judged. `labels` counts those that were read."""

    def __init__(self, world: FlatGraph) -> None:
        self.graph = Graph()
        self.labels = 0
        self._sequence = 0
        for payload in world.payloads():
            self._sequence += 1
            self.graph.apply(payload, self._sequence)
        self.graph.judge()

    def spent(self, commits: Sequence[GraphCommit], seconds: float, *, read: bool = False) -> list[int]:
        """The nanoseconds of each commit, applied and judged, and its labels read; none more once the time is over."""
        graph, sequence, spent = self.graph, self._sequence, []
        ends = perf_counter_ns() + int(seconds * 1e9)
        for commit in commits:
            payloads = commit.payloads
            began = perf_counter_ns()
            for payload in payloads:
                sequence += 1
                graph.apply(payload, sequence)
            changes = graph.judge()
            labels = list(changes.labels) if read else ()
            now = perf_counter_ns()
            spent.append(now - began)
            self.labels += len(labels)
            if now > ends:
                break
        self._sequence = sequence
        return spent

    def keys(self, world: FlatGraph) -> array[int]:
        """Unexplained hops and hops of every node, as the peers answer it. RuntimeError for a state they belie."""
        keys = array("q", [-1]) * len(world.kind)
        for node in range(1, len(keys)):
            verdict = self.graph.verdict(world.id(node))
            if verdict is None or verdict.depth is None:
                continue
            unexplained = verdict.unexplained or 0
            keys[node] = unexplained * UNEXPLAINED_HOP + verdict.depth
            if verdict.state is not (AlignmentState.UNEXPLAINED if unexplained else AlignmentState.ALIGNED):
                raise RuntimeError(f"{world.id(node)} is said to be {verdict.state}: {verdict}")
        return keys


def restored(graph: Graph) -> int:
    """The nanoseconds from the packed rows of a graph, as they come from its store, to a graph that judges on."""
    saved = graph.packed()
    with quiet():
        began = perf_counter_ns()
        Graph.restore(saved, graph.ids)
        return perf_counter_ns() - began
