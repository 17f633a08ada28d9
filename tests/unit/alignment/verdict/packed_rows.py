"""The rows a graph is kept in, for reading: what `packed` says in numbers, with names."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events.alignment import AlignmentState
from services.alignment.domain.verdict import Graph
from services.alignment.domain.verdict import columns as k
from services.alignment.domain.verdict import packed_state as p
from services.alignment.domain.verdict.codes import LINK_STATES, STATES
from services.alignment.domain.verdict.graph import UNSETTLED_LIMIT
from services.alignment.domain.verdict.ids import Ids


class Kind(IntEnum):
    """What a node is."""

    PURPOSE = k.PURPOSE
    WHY = k.WHY
    OBJECTIVE = k.OBJECTIVE
    KEY_RESULT = k.KEY_RESULT


class Status(IntEnum):
    """Does a node count? IDLE is neither live nor ended: a draft, or what measures one (or nothing)."""

    IDLE = k.IDLE
    LIVE = k.LIVE
    ENDED = k.ENDED


class NodeRow(Struct, frozen=True):
    """One node as kept. `born` is the goals sequence it first appeared with, `frozen` the last judged state of one that
    ended."""

    id: Id
    born: int
    kind: Kind
    own: Status
    version: int
    measures: Id | None = None
    frozen: AlignmentState | None = None


class LinkRow(Struct, frozen=True):
    """One link as kept."""

    id: Id
    born: int
    child: Id
    parent: Id
    state: LinkState
    measure: bool
    because_version: int | None
    accepted_order: int | None


class Rows(NamedTuple):
    """All rows, or some."""

    nodes: list[NodeRow]
    links: list[LinkRow]


def load(nodes: Sequence[NodeRow], links: Sequence[LinkRow], unsettled_limit: int = UNSETTLED_LIMIT) -> Graph:
    """A graph put together from rows."""
    ids = Ids()
    return Graph.restore(_packed(nodes, links, ids), ids, unsettled_limit)


def restored(graph: Graph, unsettled_limit: int = UNSETTLED_LIMIT) -> Graph:
    """The same graph, put together again from what it says of itself."""
    return load(*rows_of(graph), unsettled_limit)


def rows_of(graph: Graph) -> Rows:
    """Every row."""
    return _named(graph.packed(), graph.ids)


def unsaved_of(graph: Graph) -> Rows:
    """The rows that changed since this was last called."""
    return _named(graph.take_unsaved(), graph.ids)


def _named(packed: p.PackedGraph, ids: Ids) -> Rows:
    return Rows(
        [
            NodeRow(
                ids.text(*row[p.N_ID : p.N_ID + 2]), row[p.N_BORN], Kind(row[p.N_KIND]), Status(row[p.N_OWN]),
                row[p.N_VERSION], ids.text(*row[p.N_MEASURED : p.N_MEASURED + 2]) if row[p.N_MEASURES] else None,
                STATES[row[p.N_FROZEN]],
            )
            for row in packed.nodes.tolist()
        ],
        [
            LinkRow(
                ids.text(*row[p.L_ID : p.L_ID + 2]), row[p.L_BORN], ids.text(*row[p.L_CHILD : p.L_CHILD + 2]),
                ids.text(*row[p.L_PARENT : p.L_PARENT + 2]), LINK_STATES[row[p.L_STATE]], bool(row[p.L_MEASURE]),
                None if row[p.L_BECAUSE] < 0 else row[p.L_BECAUSE],
                None if row[p.L_ORDER] == k.NEVER else row[p.L_ORDER],
            )
            for row in packed.links.tolist()
        ],
    )  # fmt: skip


def _packed(nodes: Sequence[NodeRow], links: Sequence[LinkRow], ids: Ids) -> p.PackedGraph:
    made = p.PackedGraph(np.zeros((len(nodes), p.NODE_WIDTH), np.int64), np.zeros((len(links), p.LINK_WIDTH), np.int64))
    for place, node in enumerate(nodes):
        measured = (0, 0) if node.measures is None else ids.halves(node.measures)
        facts = node.measures is not None, node.born, node.kind, node.own, node.version, STATES.index(node.frozen)
        made.nodes[place] = *ids.halves(node.id), *measured, *facts
    for place, link in enumerate(links):
        ends = *ids.halves(link.id), *ids.halves(link.child), *ids.halves(link.parent)
        because = -1 if link.because_version is None else link.because_version
        order = k.NEVER if link.accepted_order is None else link.accepted_order
        made.links[place] = *ends, link.born, LINK_STATES.index(link.state), link.measure, because, order
    return made
