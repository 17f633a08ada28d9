"""Which link each golden thread takes next, and where the threads of orphans end, kept up to date after the keys."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from services.alignment.domain.verdict.breaks import break_at, loop_of
from services.alignment.domain.verdict.keys import Queue
from services.alignment.domain.verdict.nodes import BREAK, LOOP, NONE, Break, Edge, Node, Round, by_age


def rethread(dirty: Iterable[Node], rekeyed: Iterable[Node], round: Round) -> None:
    """Bring `via` and `brk` up to date where links or keys changed."""
    moved = dict.fromkeys(dirty)
    for node in rekeyed:
        moved[node] = None
    asked = dict(moved)
    for node in rekeyed:
        asked.update(dict.fromkeys(edge.child for edge in node.children()))
    for node in asked:
        via = next_hop(node)
        if via is not node.via:
            round.keep(node)
            node.via = via
            moved[node] = None
    _end(moved, round)


def next_hop(node: Node) -> Edge | None:
    """The oldest accepted link that realises the node's key; on the way into a loop, the oldest accepted link."""
    if node.key in (NONE, 0, BREAK):
        return None
    return min((edge for edge in node.parents() if _realises(edge, node.key)), key=by_age)


def _realises(edge: Edge, key: int) -> bool:
    return key == LOOP or edge.parent.key + edge.cost == key


def _end(moved: Iterable[Node], round: Round) -> None:
    """Find the break again for `moved` nodes and for what hangs on them, as far as it changes."""
    queue: Queue = []
    looping: list[Node] = []
    for node in moved:
        if node.key == LOOP:
            looping.append(node)
        elif node.key >= BREAK:
            queue.append((node.key, node.index, node))
        else:
            _set(node, None, round)
    heapify(queue)
    while queue:
        node = heappop(queue)[2]
        via = node.via
        if not _set(node, break_at(node) if via is None else via.parent.brk, round):
            continue
        for child in _hanging(node):
            heappush(queue, (child.key, child.index, child))
    _end_loops(looping, round)


def _end_loops(moved: Iterable[Node], round: Round) -> None:
    """The same for nodes that reach neither purpose nor break: follow each thread until it returns."""
    region = dict.fromkeys(moved)
    queue = list(region)
    for node in queue:
        fresh = [child for child in _hanging(node) if child not in region]
        region.update(dict.fromkeys(fresh))
        queue += fresh
    while region:
        start = next(iter(region))
        walk: list[Node] = []
        node = start
        while node in region:
            del region[node]
            walk.append(node)
            node = _above(node)
        if node in walk:
            found: Break | None = loop_of(walk[walk.index(node) :])
        else:
            found = node.brk
        for each in walk:
            _set(each, found, round)


def _above(node: Node) -> Node:
    assert node.via is not None, "a node that reaches neither purpose nor break has a parent"
    return node.via.parent


def _hanging(node: Node) -> list[Node]:
    """The orphans whose thread goes through `node`."""
    return [edge.child for edge in node.children() if edge.child.via is edge and edge.child.key >= BREAK]


def _set(node: Node, brk: Break | None, round: Round) -> bool:
    if node.brk == brk:
        return False
    round.keep(node)
    node.brk = brk
    return True
