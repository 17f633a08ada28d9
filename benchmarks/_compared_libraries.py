"""What a user would pick instead, kept up to date edge by edge and asked for all labels anew after every commit.

Each answers the smallest key (unexplained hops, then hops, in one number) of every node, by the algorithm that suits it
best: Dijkstra from the purpose, or a recursive CTE. None of them says what changed, nor where and why a chain broke.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from time import perf_counter
from typing import Any, Protocol

from benchmarks._graphs import EdgeEdit, Edges


class ComparedLibrary(Protocol):
    """Another engine."""

    name: str
    restores: bool
    """Does it have to load what was persisted before it can answer?"""

    def load(self, edges: Edges) -> None:
        """Take over a graph, in place of the one before."""

    def choose(self) -> None:
        """Try on this graph whatever there is to choose from; the fastest is used from now on."""

    def apply(self, edits: list[EdgeEdit]) -> None:
        """Bring the graph up to date."""

    def recompute(self) -> None:
        """Find the keys of all nodes."""

    def keys(self, count: int) -> array[int]:
        """What `recompute` found, by node; -1 for nodes that do not reach the purpose."""


def imported(module: str) -> Any:
    """The module. SystemExit when it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        raise SystemExit(f'{module} is not installed; `make bench ARGS="engine"` installs what is compared') from error


class NetworkX:
    """networkx: a DiGraph, `single_source_dijkstra_path_length`."""

    name = "networkx"
    restores = True

    def __init__(self) -> None:
        self._nx = imported("networkx")
        self._graph: Any = None
        self._found: Mapping[int, float] = {}

    def load(self, edges: Edges) -> None:
        self._graph = self._nx.DiGraph()
        self._graph.add_nodes_from(range(edges.nodes))
        self._graph.add_weighted_edges_from(zip(edges.parents, edges.children, edges.costs, strict=True))

    def choose(self) -> None:
        """Dijkstra is the only one that suits: networkx's Bellman-Ford is slower on every graph here."""

    def apply(self, edits: list[EdgeEdit]) -> None:
        for parent, child, cost in edits:
            if cost:
                self._graph.add_edge(parent, child, weight=cost)
            elif self._graph.has_edge(parent, child):
                self._graph.remove_edge(parent, child)

    def recompute(self) -> None:
        self._found = self._nx.single_source_dijkstra_path_length(self._graph, 0)

    def keys(self, count: int) -> array[int]:
        return by_node(self._found, count)


class RustworkX:
    """rustworkx: a PyDiGraph, and the faster of Dijkstra and Bellman-Ford, tried on every graph that is loaded.

    Costs are floats, so that it calls no Python but `float` itself for an edge.
    """

    name = "rustworkx"
    restores = True

    def __init__(self) -> None:
        self._rx = imported("rustworkx")
        self._graph: Any = None
        self._found: Mapping[int, float] = {}
        self._search: Any = None

    def load(self, edges: Edges) -> None:
        self._graph = self._rx.PyDiGraph(multigraph=False)
        self._graph.add_nodes_from(range(edges.nodes))
        costs = map(float, edges.costs)
        self._graph.add_edges_from(list(zip(edges.parents, edges.children, costs, strict=True)))

    def choose(self) -> None:
        rx = self._rx
        searches = (rx.digraph_dijkstra_shortest_path_lengths, rx.digraph_bellman_ford_shortest_path_lengths)
        self._search = min(searches, key=lambda search: _seconds(partial(search, self._graph, 0, float)))

    def apply(self, edits: list[EdgeEdit]) -> None:
        graph = self._graph
        for parent, child, cost in edits:
            while max(parent, child) >= graph.num_nodes():
                graph.add_node(None)
            if cost:
                graph.add_edge(parent, child, float(cost))
            elif graph.has_edge(parent, child):
                graph.remove_edge(parent, child)

    def recompute(self) -> None:
        self._found = self._search(self._graph, 0, float)

    def keys(self, count: int) -> array[int]:
        return by_node(self._found, count)


def by_node(found: Mapping[int, float], count: int) -> array[int]:
    """Keys in the order of the nodes, the purpose's left to the caller: it has no path."""
    keys = array("q", [-1]) * count
    for node, key in found.items():
        keys[node] = int(key)
    keys[0] = -1
    return keys


def _seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began
