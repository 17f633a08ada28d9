"""A goal graph in flat arrays: it makes goals' payloads for our engine, and the same changes as edges for the peers.

Nodes and links are numbered from 0, node 0 is the purpose. An *edge* is an accepted link between two live nodes; its
cost holds unexplained hops and hops in one number, so that the smallest sum is the lexicographic minimum.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import Struct

from goldenthread.contracts import entities as e
from goldenthread.contracts import enums as n
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events import goals

PURPOSE, WHY, OBJECTIVE, KEY_RESULT = range(4)
DRAFT, LIVE, ENDED = range(3)
HOP = 1
UNEXPLAINED_HOP = 1 << 30

_KINDS = ("purpose", "why", "objective", "keyresult")
_STATES = list(LinkState)
_OBJECTIVE = (n.ObjectiveState.DRAFT, n.ObjectiveState.ACTIVE, n.ObjectiveState.CLOSED)
_T0 = datetime(2026, 1, 5, tzinfo=UTC)
_UNITS = 1000
_64 = (1 << 64) - 1


class EdgeEdit(NamedTuple):
    """The edge from a parent to a child costs that much now; 0: there is none."""

    parent: int
    child: int
    cost: int


class GraphCommit(NamedTuple):
    """One commit of goals: what our engine is told, and what a peer has to change in its graph."""

    payloads: tuple[Struct, ...]
    edits: list[EdgeEdit]


class Edges(NamedTuple):
    """All edges at one time, and the number of nodes."""

    nodes: int
    parents: array[int]
    children: array[int]
    costs: array[int]


def uuid7(number: int) -> str:
    """32 hex digits shaped like a UUIDv7, the same for the same number, and later for a greater one."""
    mixed = ((number + 1) * 0x9E3779B97F4A7C15) & _64
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _64
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _64
    time = (1_767_600_000_000 << 12) + number * 977
    return f"{(time >> 12) << 80 | 7 << 76 | (time & 0xFFF) << 64 | 2 << 62 | mixed >> 2:032x}"


class FlatGraph:
    """The graph. What changes it returns the edits that bring a graph of edges up to date."""

    def __init__(self) -> None:
        self.kind, self.own, self.level = bytearray(), bytearray(), bytearray()
        self.version, self.measures = array("i"), array("i")
        self._up, self._down = array("i"), array("i")
        self.child, self.parent, self.because, self.order = array("i"), array("i"), array("i"), array("i")
        self.state, self.measure = bytearray(), bytearray()
        self._next_up, self._next_down = array("i"), array("i")
        self._accepted = 0

    def node(self, kind: int, own: int = LIVE, measures: int = -1, level: int = 0) -> int:
        """A new node's number."""
        self.kind.append(kind)
        self.own.append(own)
        self.level.append(level)
        self.version.append(1)
        self.measures.append(measures)
        self._up.append(-1)
        self._down.append(-1)
        return len(self.kind) - 1

    def link(self, child: int, parent: int, state: LinkState, *, explained: bool = True, measure: bool = False) -> int:
        """A new link's number."""
        made = len(self.child)
        self.child.append(child)
        self.parent.append(parent)
        self.because.append(self.version[parent] if explained and not measure else 0)
        self.order.append(0)
        self.state.append(_STATES.index(state))
        self.measure.append(measure)
        self._next_up.append(self._up[child])
        self._next_down.append(self._down[parent])
        self._up[child] = self._down[parent] = made
        self._order(made)
        return made

    def up(self, node: int) -> Iterator[int]:
        """The links up from a node."""
        link = self._up[node]
        while link >= 0:
            yield link
            link = self._next_up[link]

    def down(self, node: int) -> Iterator[int]:
        """The links up to a node."""
        link = self._down[node]
        while link >= 0:
            yield link
            link = self._next_down[link]

    def live(self, node: int) -> bool:
        """Does the node count? A key result does while what it measures does."""
        measured = self.measures[node]
        return self.own[node] == LIVE and (measured < 0 or self.own[measured] == LIVE)

    def is_in(self, link: int, *states: LinkState) -> bool:
        """Is the link in one of these states?"""
        return _STATES[self.state[link]] in states

    def explained(self, link: int) -> bool:
        """Was its why written against the parent's current version (or does it need none)?"""
        return bool(self.measure[link]) or self.because[link] == self.version[self.parent[link]]

    def set_link(self, link: int, state: LinkState, *, reaffirmed: bool = False) -> list[EdgeEdit]:
        """Give a link another state, or a why that is up to date."""
        self.state[link] = _STATES.index(state)
        if reaffirmed:
            self.because[link] = self.version[self.parent[link]]
        self._order(link)
        return [self._edit(link)]

    def set_node(self, node: int, own: int | None = None, *, revised: bool = False) -> list[EdgeEdit]:
        """Begin, end or revise a node."""
        self.own[node] = self.own[node] if own is None else own
        self.version[node] += revised
        touched = [node] + [self.child[link] for link in self.down(node) if self.measure[link]]
        links = {link for each in touched for found in (self.up(each), self.down(each)) for link in found}
        return [self._edit(link) for link in sorted(links) if self.is_in(link, LinkState.ACCEPTED)]

    def edges(self) -> Edges:
        """All edges as they are now."""
        found = Edges(len(self.kind), array("i"), array("i"), array("q"))
        for link in range(len(self.child)):
            edit = self._edit(link)
            if edit.cost:
                found.parents.append(edit.parent)
                found.children.append(edit.child)
                found.costs.append(edit.cost)
        return found

    def payloads(self) -> Iterator[Struct]:
        """Everything as it is now, told in events: nodes, then links."""
        for node in range(len(self.kind)):
            entity = self.entity(node)
            match entity:
                case e.Purpose():
                    yield goals.PurposePublished(entity)
                case e.Why():
                    yield goals.WhyPublished(entity)
                case e.Objective():
                    yield goals.ObjectiveActivated(entity)
                case e.KeyResult():
                    yield goals.KeyResultAdded(entity)
        for link in range(len(self.child)):
            yield goals.LinkAccepted(self.link_entity(link))

    def id(self, node: int) -> str:
        """The node's id."""
        return f"{_KINDS[self.kind[node]]}_{uuid7(node)}"

    def entity(self, node: int) -> e.GoalNode:
        """The node as goals publishes it."""
        id, own, version, unit = self.id(node), self.own[node], self.version[node], f"unit_{uuid7(node % _UNITS)}"
        match self.kind[node]:
            case 0:
                state = n.PurposeState.PUBLISHED if own == LIVE else n.PurposeState.RETIRED
                return e.Purpose(id, "Be useful", version, state, None, _T0)
            case 1:
                why = n.WhyState.PUBLISHED if own == LIVE else n.WhyState.RETIRED
                return e.Why(id, f"Why {node}", "It matters", "it helps", version, why, None, unit, [unit], _T0)
            case 2:
                return e.Objective(id, f"Goal {node}", None, _OBJECTIVE[own], version, [unit], None, None, _T0)
        direction, measured = n.Direction.INCREASE, self.id(self.measures[node])
        return e.KeyResult(
            id, f"Measure {node}", measured, version, direction, _T0, 0.0, 100.0, 7.0, removed=own == ENDED
        )

    def link_entity(self, link: int) -> e.Link:
        """The link as goals publishes it."""
        measure, because = bool(self.measure[link]), self.because[link] or None
        return e.Link(
            f"link_{uuid7(link + (1 << 32))}",
            self.id(self.child[link]),
            self.id(self.parent[link]),
            n.LinkKind.SUPPORTS if measure else n.LinkKind.CONTRIBUTES,
            _STATES[self.state[link]],
            1,
            [],
            _T0,
            because="it helps" if because else None,
            because_version=because,
            measure=measure,
            accepted_order=self.order[link] or None,
        )

    def _order(self, link: int) -> None:
        """Only what was never accepted gets a place among the accepted: where it stands when it is first."""
        if self.is_in(link, LinkState.ACCEPTED) and not self.order[link]:
            self._accepted += 1
            self.order[link] = self._accepted

    def _edit(self, link: int) -> EdgeEdit:
        child, parent = self.child[link], self.parent[link]
        if not (self.is_in(link, LinkState.ACCEPTED) and self.live(child) and self.live(parent)):
            return EdgeEdit(parent, child, 0)
        return EdgeEdit(parent, child, HOP if self.explained(link) else HOP + UNEXPLAINED_HOP)
