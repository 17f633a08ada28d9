"""The smallest key of every node, kept up to date at the cost of what changes (after Ramalingam and Reps).

*Raise*: in the order of old keys, a node keeps its key while another parent still supports it. *Lower*: Dijkstra
outward from the nodes that lost theirs or may have a smaller one.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from services.alignment.domain.verdict.nodes import BREAK, LOOP, NONE, Node, Round
from services.alignment.domain.verdict.rows import Kind

Queue = list[tuple[int, int, Node]]


def rekey(dirty: Iterable[Node], round: Round) -> list[Node]:
    """Bring all keys up to date when only what `dirty` nodes hang on has changed; the nodes whose key changed.

    Raises nothing whatever the graph: what reaches neither the purpose nor a break ends with the key `LOOP`.
    """
    live: list[Node] = []
    for node in dirty:
        if node.live:
            live.append(node)
            if node.key == NONE:
                round.keep(node)
                node.key = LOOP
        elif node.key != NONE:
            round.keep(node)
            node.key = NONE
    _lower(_raise(live, round), round)
    return [node for node, labels in round.before.items() if node.key != labels.key]


def best(node: Node) -> int:
    """The smallest key `node` can have, given those of its parents."""
    if node.is_a(Kind.PURPOSE):
        return 0
    found = min((edge.parent.key + edge.cost for edge in node.parents()), default=BREAK)
    return min(found, LOOP)


def _raise(live: list[Node], round: Round) -> list[Node]:
    """Take the key from every node that nothing supports any more; the nodes that may get a smaller one now."""
    queue: Queue = [(node.key, node.index, node) for node in live]
    heapify(queue)
    unsettled: dict[Node, None] = {}
    while queue:
        key, _, node = heappop(queue)
        if node in unsettled:
            continue
        now = best(node)
        if now < key or key == LOOP:
            unsettled[node] = None
        if now <= key:
            continue
        unsettled[node] = None
        round.keep(node)
        node.key = LOOP
        for edge in node.children():
            child = edge.child
            if child.key != LOOP and key + edge.cost == child.key:
                heappush(queue, (child.key, child.index, child))
    return list(unsettled)


def _lower(unsettled: list[Node], round: Round) -> None:
    queue: Queue = [(best(node), node.index, node) for node in unsettled]
    heapify(queue)
    while queue:
        key, _, node = heappop(queue)
        if key >= node.key:
            continue
        round.keep(node)
        node.key = key
        for edge in node.children():
            if key + edge.cost < edge.child.key:
                heappush(queue, (key + edge.cost, edge.child.index, edge.child))
