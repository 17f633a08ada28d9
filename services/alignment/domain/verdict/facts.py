"""The facts of an organisation's goal graph, folded from entities; every change can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from goldenthread.contracts.entities import Entity, Id, KeyResult, Link, Objective, Purpose, Why
from goldenthread.contracts.enums import ObjectiveState, PurposeState, WhyState
from services.alignment.domain.verdict.nodes import Edge, Node
from services.alignment.domain.verdict.rows import Kind, LinkRow, NodeFacts, Status

_OBJECTIVE = {ObjectiveState.DRAFT: Status.IDLE, ObjectiveState.ACTIVE: Status.LIVE}


def facts_of(entity: Entity) -> NodeFacts | None:
    """What the engine needs to know of an entity; None for what is no node."""
    match entity:
        case Purpose():
            own = Status.LIVE if entity.state is PurposeState.PUBLISHED else Status.ENDED
            return NodeFacts(Kind.PURPOSE, own, entity.version)
        case Why():
            own = Status.LIVE if entity.state is WhyState.PUBLISHED else Status.ENDED
            return NodeFacts(Kind.WHY, own, entity.version)
        case Objective():
            return NodeFacts(Kind.OBJECTIVE, _OBJECTIVE.get(entity.state, Status.ENDED), entity.version)
        case KeyResult():
            own = Status.ENDED if entity.removed else Status.LIVE
            return NodeFacts(Kind.KEY_RESULT, own, entity.version, entity.measures)
        case _:
            return None


class Facts:
    """Nodes and links by id. `nodes_put` and `links_put` are what changed since they were last cleared; `loose` are
    nodes that lost or gained a link up."""

    def __init__(self) -> None:
        self.nodes: dict[Id, Node] = {}
        self.links: dict[Id, Edge] = {}
        self.nodes_put: dict[Node, None] = {}
        self.links_put: dict[Id, None] = {}
        self.loose: dict[Node, None] = {}
        self.undo: list[Callable[[], None]] | None = None
        self._made = 0

    def put(self, entity: Entity, sequence: int) -> bool:
        """Fold one entity in; False when that changes nothing the engine looks at."""
        if isinstance(entity, Link):
            known = self.links.get(entity.id)
            born = sequence if known is None else known.row.born
            return self.put_link(_row(entity, born))
        facts = facts_of(entity)
        return facts is not None and self.put_node(entity.id, facts, sequence)

    def put_node(self, id: Id, facts: NodeFacts, sequence: int) -> bool:
        """Set a node's facts; `sequence` counts when it is new. False when nothing changes."""
        node = self.node(id)
        if node.facts == facts:
            return False
        if facts.measures is not None:
            self.node(facts.measures)
        before, born = node.facts, node.born
        if self.undo is not None:
            self.undo.append(lambda: self._set(node, before, born))
        self._set(node, facts, sequence if before is None else born)
        self.nodes_put[node] = None
        return True

    def put_link(self, row: LinkRow) -> bool:
        """Set a link. False when nothing changes."""
        before = self.links.get(row.id)
        if before is not None and before.row == row:
            return False
        after = Edge(row, self.node(row.child), self.node(row.parent))
        if self.undo is not None:
            self.undo.append(lambda: self._swap(after, before))
        self._swap(before, after)
        self.links_put[row.id] = None
        for edge in (before, after):
            if edge is not None:
                self.loose[edge.child] = None
        return True

    def node(self, id: Id) -> Node:
        """The node with this id, made (without facts) when it is not there."""
        found = self.nodes.get(id)
        if found is None:
            found = self.nodes[id] = Node(id, self._made)
            self._made += 1
            if self.undo is not None:
                self.undo.append(lambda: self._forget(id))
        return found

    def clear(self) -> None:
        """Forget what was put since the last time."""
        self.nodes_put, self.links_put, self.loose = {}, {}, {}

    def _set(self, node: Node, facts: NodeFacts | None, born: int) -> None:
        if node.facts is not None and node.facts.measures is not None:
            self.nodes[node.facts.measures].measured_by.pop(node.id, None)
        node.facts, node.born = facts, born
        if facts is not None and facts.measures is not None:
            self.nodes[facts.measures].measured_by[node.id] = node

    def _swap(self, old: Edge | None, new: Edge | None) -> None:
        if old is not None:
            del self.links[old.row.id], old.child.up[old.row.id], old.parent.down[old.row.id]
        if new is not None:
            self.links[new.row.id] = new.child.up[new.row.id] = new.parent.down[new.row.id] = new

    def _forget(self, id: Id) -> None:
        del self.nodes[id]


def _row(link: Link, born: int) -> LinkRow:
    return LinkRow(
        link.id, born, link.child, link.parent, link.state, link.measure, link.because_version, link.accepted_order
    )


def with_measures(nodes: Iterable[Node]) -> list[Node]:
    """`nodes` and the key results that measure them, directly or through others."""
    found = dict.fromkeys(nodes)
    queue = list(found)
    for node in queue:
        fresh = [each for each in node.measured_by.values() if each not in found]
        found.update(dict.fromkeys(fresh))
        queue += fresh
    return queue


def statuses(nodes: Iterable[Node], find: Callable[[Id], Node | None]) -> dict[Node, Status]:
    """The status of each of `nodes`; a key result has that of what it measures, unless it was removed.

    Key results that measure each other in a circle are IDLE.
    """
    known: dict[Node, Status] = {}
    for start in nodes:
        path: dict[Node, None] = {}
        node: Node | None = start
        status = Status.IDLE
        while node is not None and node.facts is not None and node not in path:
            path[node] = None
            status = known.get(node, node.facts.own)
            if node in known or node.facts.measures is None or status is Status.ENDED:
                break
            node, status = find(node.facts.measures), Status.IDLE
        known.update(dict.fromkeys(path, status))
        known.setdefault(start, Status.IDLE)
    return known
