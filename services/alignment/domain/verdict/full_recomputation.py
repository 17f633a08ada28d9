"""Computes all labels at once, whatever they were: for a graph that was put together, or most of which changes.

Dijkstra's algorithm without a heap, for a hop adds one hop, and at most one unexplained hop. So the nodes with so many
unexplained hops come in the order of their hops by merging two queues, those reached from nodes with one unexplained
hop less and those reached from each other, and each queue is filled in order (compare breadth-first search for costs 0
and 1). When a node's turn comes, every link that can realise its key has been looked at, and its parent knows where
their threads end.
"""

from __future__ import annotations

from services.alignment.domain.verdict.break_causes import break_at, older_link
from services.alignment.domain.verdict.columns import (
    BREAK,
    CHILD,
    DOWN,
    HOP,
    I64,
    KEY,
    KIND,
    LIVE,
    LOOP,
    NEXT_DOWN,
    NEXT_UP,
    NODES,
    NONE,
    PARENT,
    PURPOSE,
    STATUS,
    UP,
    VIA,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, wide
from services.alignment.domain.verdict.lists_and_heaps import add, append, new_heap, new_list
from services.alignment.domain.verdict.path_keys import cost_of, counts_down, counts_up
from services.alignment.domain.verdict.threads import NOWHERE, end_loops, end_of, next_hop, set_end


@compiled
def recompute_labels(c: Columns, images: I64) -> None:
    """Set key, thread and end of every node. All have before-images, or nobody asks what they were."""
    sources = new_heap(c, 64)
    for node in range(c.used[NODES]):
        live = c.nodes8[node, STATUS] == LIVE
        c.nodes64[node, KEY], c.nodes32[node, VIA] = LOOP if live else NONE, -1
        set_end(c, node, NOWHERE)
        if live and c.nodes8[node, KIND] == PURPOSE:
            c.nodes64[node, KEY] = 0
            sources = append(c, sources, 0, node)
    _spread(c, sources)
    sources = new_heap(c, 64)
    for node in range(c.used[NODES]):
        if c.nodes64[node, KEY] == LOOP and not _has_parent(c, node):
            c.nodes64[node, KEY] = BREAK
            sources = append(c, sources, BREAK, node)
    _spread(c, sources)
    looping = new_list(c, 64)
    for node in range(c.used[NODES]):
        if c.nodes64[node, KEY] == LOOP:
            c.nodes32[node, VIA] = next_hop(c, node)
            looping = add(c, looping, wide(node))
    end_loops(c, images, looping)


@compiled
def _has_parent(c: Columns, node: int) -> bool:
    link = wide(c.nodes32[node, UP])
    while link >= 0:
        if counts_up(c, link):
            return True
        link = wide(c.links32[link, NEXT_UP])
    return False


@compiled
def _spread(c: Columns, sources: I64) -> None:
    """From the sources of one class, in the order of their keys, to everything below them that has no smaller key."""
    while sources[0, 0]:
        reached, beyond = new_heap(c, 64), new_heap(c, 64)
        one = other = 1
        while one <= sources[0, 0] or other <= reached[0, 0]:
            if other > reached[0, 0] or (one <= sources[0, 0] and sources[one, 0] <= reached[other, 0]):
                key, node = sources[one, 0], sources[one, 1]
                one += 1
            else:
                key, node = reached[other, 0], reached[other, 1]
                other += 1
            if key == c.nodes64[node, KEY]:
                reached, beyond = _visit(c, reached, beyond, node)
        sources = beyond


@compiled
def _visit(c: Columns, reached: I64, beyond: I64, node: int) -> tuple[I64, I64]:
    """Set where the thread of a node ends, and reach its children: with an unexplained hop more `beyond`."""
    key, via = c.nodes64[node, KEY], wide(c.nodes32[node, VIA])
    if key >= BREAK:
        set_end(c, node, break_at(c, node) if via < 0 else end_of(c, wide(c.links32[via, PARENT])))
    link = wide(c.nodes32[node, DOWN])
    while link >= 0:
        if counts_down(c, link):
            child, cost = wide(c.links32[link, CHILD]), cost_of(c, link)
            held = c.nodes64[child, KEY]
            if key + cost < held:
                c.nodes64[child, KEY], c.nodes32[child, VIA] = key + cost, link
                if cost == HOP:
                    reached = append(c, reached, key + cost, child)
                else:
                    beyond = append(c, beyond, key + cost, child)
            elif key + cost == held and older_link(c, link, wide(c.nodes32[child, VIA])):
                c.nodes32[child, VIA] = link
        link = wide(c.links32[link, NEXT_DOWN])
    return reached, beyond
