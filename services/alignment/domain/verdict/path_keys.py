"""The smallest key of every node, brought up to date at the cost of what changes (Ramalingam and Reps, 1996).

*Raise*: in the order of old keys, a node keeps its key while another parent still supports it. *Lower*: Dijkstra's
algorithm (1959) outward from the nodes that lost theirs or may have a smaller one. Once more than a share of the graph
is unsettled, raising would only find the rest of it, and all of it is labelled afresh instead.
"""

from __future__ import annotations

from services.alignment.domain.verdict.before_images import NODE, save_before_image
from services.alignment.domain.verdict.columns import (
    ACCEPTED,
    BECAUSE,
    BREAK,
    CHILD,
    DOWN,
    FLAGS,
    HOP,
    I64,
    KEY,
    KIND,
    LINK_STATE,
    LIVE,
    LOOP,
    MEASURE,
    NEXT_DOWN,
    NEXT_UP,
    NOBODY,
    NODES,
    NONE,
    PARENT,
    PURPOSE,
    STATUS,
    UNEXPLAINED_HOP,
    UNSETTLED,
    UNSETTLED_LIMIT,
    UP,
    VERSION,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, wide
from services.alignment.domain.verdict.lists_and_heaps import add, new_heap, new_list, pop, push

SHARE = 16
"""More unsettled nodes than UNSETTLED_LIMIT, and than one in so many of the graph: all of it is labelled afresh."""


@compiled
def counts_up(c: Columns, link: int) -> bool:
    """Is this link accepted, and its parent live?"""
    return bool(c.links8[link, LINK_STATE] == ACCEPTED and c.nodes8[c.links32[link, PARENT], STATUS] == LIVE)


@compiled
def counts_down(c: Columns, link: int) -> bool:
    """Is this link accepted, and its child live?"""
    return bool(c.links8[link, LINK_STATE] == ACCEPTED and c.nodes8[c.links32[link, CHILD], STATUS] == LIVE)


@compiled
def cost_of(c: Columns, link: int) -> int:
    """What this hop adds to the key."""
    parent = c.links32[link, PARENT]
    known = c.nodes8[parent, KIND] != NOBODY
    if c.links8[link, MEASURE] or (known and c.links32[link, BECAUSE] == c.nodes32[parent, VERSION]):
        return HOP
    return HOP + UNEXPLAINED_HOP


@compiled
def best_key(c: Columns, node: int) -> int:
    """The smallest key a live node can have, given those of its parents."""
    if c.nodes8[node, KIND] == PURPOSE:
        return 0
    best, link = NONE, wide(c.nodes32[node, UP])
    while link >= 0:
        if counts_up(c, link):
            key = c.nodes64[c.links32[link, PARENT], KEY] + cost_of(c, link)
            if best == NONE or key < best:
                best = key
        link = wide(c.links32[link, NEXT_UP])
    return BREAK if best == NONE else min(best, LOOP)


@compiled
def update_keys(c: Columns, images: I64) -> tuple[I64, bool]:
    """Bring all keys up to date when only the links or parents of nodes with before-images changed.

    True: so much does that all labels are to be set afresh, and the keys are not those of the graph.
    """
    heap = new_heap(c, 2 * images[0, 0])
    for place in range(1, images[0, 0] + 1):
        node = images[place, NODE]
        if c.nodes8[node, STATUS] == LIVE:
            if c.nodes64[node, KEY] == NONE:
                c.nodes64[node, KEY] = LOOP
            heap = push(c, heap, c.nodes64[node, KEY], node)
        else:
            c.nodes64[node, KEY] = NONE
    images, unsettled, whole = _raise(c, images, heap)
    for at in range(1, unsettled[0] + 1):
        c.nodes8[unsettled[at], FLAGS] &= ~UNSETTLED
    if whole:
        return images, True
    heap[0, 0] = 0
    for at in range(1, unsettled[0] + 1):
        heap = push(c, heap, best_key(c, unsettled[at]), unsettled[at])
    return _lower(c, images, heap), False


@compiled
def _raise(c: Columns, images: I64, heap: I64) -> tuple[I64, I64, bool]:
    """Take the key from every node that nothing supports any more; the nodes that may get a smaller one now.

    True: there are so many that the rest was not looked for.
    """
    unsettled, limit = new_list(c, 16), max(c.used[UNSETTLED_LIMIT], c.used[NODES] // SHARE)
    while heap[0, 0]:
        key, node = pop(heap)
        if c.nodes8[node, FLAGS] & UNSETTLED:
            continue
        now = best_key(c, node)
        if now == key and key != LOOP:
            continue
        c.nodes8[node, FLAGS] |= UNSETTLED
        unsettled = add(c, unsettled, node)
        if now <= key:
            continue
        if unsettled[0] > limit:
            return images, unsettled, True
        images = save_before_image(c, images, node)
        c.nodes64[node, KEY] = LOOP
        link = wide(c.nodes32[node, DOWN])
        while link >= 0:
            child = wide(c.links32[link, CHILD])
            held = c.nodes64[child, KEY]
            if held != LOOP and counts_down(c, link) and key + cost_of(c, link) == held:
                heap = push(c, heap, held, child)
            link = wide(c.links32[link, NEXT_DOWN])
    return images, unsettled, False


@compiled
def _lower(c: Columns, images: I64, heap: I64) -> I64:
    while heap[0, 0]:
        key, node = pop(heap)
        if key < c.nodes64[node, KEY]:
            images = save_before_image(c, images, node)
            c.nodes64[node, KEY] = key
            heap = _reach(c, heap, node)
    return images


@compiled
def _reach(c: Columns, heap: I64, node: int) -> I64:
    """Put every child that may have a smaller key now, through this node, on the heap."""
    key, link = c.nodes64[node, KEY], wide(c.nodes32[node, DOWN])
    while link >= 0:
        if counts_down(c, link):
            child = wide(c.links32[link, CHILD])
            reached = key + cost_of(c, link)
            if reached < c.nodes64[child, KEY]:
                heap = push(c, heap, reached, child)
        link = wide(c.links32[link, NEXT_DOWN])
    return heap
