"""A reading view of a graph: goals and links by their rows, for the figures.

A row names a node or link for as long as the graph lives; -1 is none. Facts are as of what was applied, except `live`,
which is as of the last judgement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import LinkState
from services.alignment.domain.verdict import columns as k
from services.alignment.domain.verdict.array_addresses import columns_at
from services.alignment.domain.verdict.codes import LINK_STATES
from services.alignment.domain.verdict.columns import I64
from services.alignment.domain.verdict.compiled import entry
from services.alignment.domain.verdict.graph import Graph
from services.alignment.domain.verdict.id_index import find_link, find_node, row_of


class LinkView(NamedTuple):
    """A link, and the rows of its ends."""

    state: LinkState
    measure: bool
    child: int
    parent: int


class GraphView:
    """Looks at one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def node(self, id: Id) -> int:
        """The row of a node, or of an id that some link or key result names."""
        return find_node(self._graph._addresses, *self._graph.ids.number(id))

    def link(self, id: Id) -> int:
        """The row of a link."""
        return find_link(self._graph._addresses, *self._graph.ids.number(id))

    def halves(self, id: Id) -> tuple[int, int]:
        """The number of an id."""
        return self._graph.ids.number(id)

    def rows(self, halves: I64) -> I64:
        """The rows of many nodes, whose ids are in the first two columns."""
        return find_all(self._graph._addresses, halves)

    def id(self, node: int) -> Id:
        """The id of a node."""
        return self._graph._names.node(node)

    def kind(self, node: int) -> int:
        """Which of the kinds in `columns` it is; NOBODY also for -1."""
        return k.NOBODY if node < 0 else self._graph._columns.nodes8.item(node, k.KIND)

    def own_status(self, node: int) -> int:
        """Its own status, whatever it measures: IDLE, LIVE or ENDED."""
        return self._graph._columns.nodes8.item(node, k.OWN)

    def live(self, node: int) -> bool:
        """Does it count, and what it measures too?"""
        return self._graph._columns.nodes8.item(node, k.STATUS) == k.LIVE

    def measured(self, node: int) -> int:
        """What a key result measures."""
        return self._graph._columns.nodes32.item(node, k.MEASURES)

    def measures(self, node: int) -> Iterator[int]:
        """The key results that measure a node, removed ones included."""
        small = self._graph._columns.nodes32
        row = small.item(node, k.MEASURED)
        while row >= 0:
            yield row
            row = small.item(row, k.NEXT_MEASURED)

    def links_at(self, node: int) -> Iterator[int]:
        """The links up from a node and up to it, in any state."""
        c = self._graph._columns
        for first, following in ((k.UP, k.NEXT_UP), (k.DOWN, k.NEXT_DOWN)):
            row = c.nodes32.item(node, first)
            while row >= 0:
                yield row
                row = c.links32.item(row, following)

    def link_view(self, link: int) -> LinkView:
        """The link in this row."""
        c = self._graph._columns
        state, measure = LINK_STATES[c.links8.item(link, k.LINK_STATE)], c.links8.item(link, k.MEASURE) != 0
        return LinkView(state, measure, c.links32.item(link, k.CHILD), c.links32.item(link, k.PARENT))

    def links_among(self, nodes: npt.NDArray[np.bool_]) -> I64:
        """The links that have an end in one of the nodes (True by row), or in what measures one."""
        c = self._graph._columns
        measured = c.nodes32[: c.used[k.NODES], k.MEASURES]
        before = -1
        while (now := int(nodes.sum())) != before:
            nodes, before = nodes | (nodes[measured] & (measured >= 0)), now
        ends = c.links32[: c.used[k.LINKS]]
        return np.flatnonzero(nodes[ends[:, k.CHILD]] | nodes[ends[:, k.PARENT]])

    def __len__(self) -> int:
        """How many rows of nodes are in use."""
        return int(self._graph._columns.used[k.NODES])


@entry
def find_all(addresses: I64, halves: I64) -> I64:
    """The rows of many nodes, -1 for those there are none of; the first two columns of `halves` are their ids."""
    c, found = columns_at(addresses), np.empty(len(halves), np.int64)
    for place in range(len(halves)):
        found[place] = row_of(c, halves[place, 0], halves[place, 1])
    return found
