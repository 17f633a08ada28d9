"""Nodes and edges in memory, and the key that orders paths.

A key is one integer: class, unexplained hops, hops. Class 0 reaches the purpose, class 1 ends at a break, and `LOOP`
reaches neither. A node that is not live has the key `NONE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events.alignment import OrphanCause, Verdict
from services.alignment.domain.verdict.rows import Kind, LinkRow, NodeFacts, Status

HOP = 1
UNEXPLAINED_HOP = 1 << 30
BREAK = 1 << 60
LOOP = 2 << 60
NONE = -1


class Break(NamedTuple):
    """Where and why an orphan's chain ends; everything below shares it."""

    broken_at: Id
    cause: OrphanCause
    lost_parent: Id | None = None
    link: Id | None = None


class Node:
    """A node: its facts, its links, and its labels as of the last judgement. Without facts it is a dangling id."""

    __slots__ = ("born", "brk", "down", "facts", "id", "index", "key", "measured_by", "status", "up", "verdict", "via")

    def __init__(self, id: Id, index: int) -> None:
        self.id = id
        self.index = index
        self.born = 0
        self.facts: NodeFacts | None = None
        self.up: dict[Id, Edge] = {}
        self.down: dict[Id, Edge] = {}
        self.measured_by: dict[Id, Node] = {}
        self.status = Status.IDLE
        self.key = NONE
        self.via: Edge | None = None
        self.brk: Break | None = None
        self.verdict: Verdict | None = None

    @property
    def live(self) -> bool:
        """Does this node count?"""
        return self.status is Status.LIVE

    @property
    def age(self) -> tuple[int, Id]:
        """Orders nodes by first appearance."""
        return self.born, self.id

    def is_a(self, kind: Kind) -> bool:
        """Is this node known, and a `kind`?"""
        return self.facts is not None and self.facts.kind is kind

    def parents(self) -> Iterator[Edge]:
        """The accepted links up to live nodes."""
        return (edge for edge in self.up.values() if edge.accepted and edge.parent.live)

    def children(self) -> Iterator[Edge]:
        """The accepted links from live nodes below."""
        return (edge for edge in self.down.values() if edge.accepted and edge.child.live)


class Edge:
    """A link between two nodes, in one state: a change of a link is a new edge."""

    __slots__ = ("accepted", "age", "child", "held", "parent", "row")

    def __init__(self, row: LinkRow, child: Node, parent: Node) -> None:
        self.row = row
        self.child = child
        self.parent = parent
        self.accepted = row.state is LinkState.ACCEPTED
        order = row.accepted_order
        self.held = self.accepted or (row.state is LinkState.WITHDRAWN and order is not None)
        """Did the child ever hang on the parent by this link?"""
        self.age = (order is None, order or 0, row.born, row.id)
        """Orders links: the oldest accepted first, those never accepted last, by first appearance."""

    @property
    def cost(self) -> int:
        """What this hop adds to the key."""
        facts = self.parent.facts
        if self.row.measure or (facts is not None and self.row.because_version == facts.version):
            return HOP
        return HOP + UNEXPLAINED_HOP


def by_age(edge: Edge) -> tuple[bool, int, int, Id]:
    """Sort key: the oldest accepted link first."""
    return edge.age


class Labels(NamedTuple):
    """A node's labels, kept to compare with and to take back."""

    status: Status
    key: int
    via: Edge | None
    brk: Break | None
    verdict: Verdict | None

    def put_back(self, node: Node) -> None:
        """Give `node` these labels again."""
        node.status, node.key, node.via, node.brk, node.verdict = self


class Round:
    """One judgement: remembers every node's labels before it changes them."""

    __slots__ = ("before",)

    def __init__(self) -> None:
        self.before: dict[Node, Labels] = {}

    def keep(self, node: Node) -> Labels:
        """The labels `node` had before this round; to be called before any of them is set."""
        found = self.before.get(node)
        if found is None:
            found = self.before[node] = Labels(node.status, node.key, node.via, node.brk, node.verdict)
        return found
