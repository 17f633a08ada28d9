"""Which link each golden thread takes next, and where the threads of orphans end, brought up to date after the keys."""

from __future__ import annotations

from services.alignment.domain.verdict.before_images import NODE, OLD_KEY, save_before_image
from services.alignment.domain.verdict.break_causes import End, break_at, loop_of, older_link
from services.alignment.domain.verdict.columns import (
    BREAK,
    BREAK_LINK,
    CAUSE,
    CHILD,
    DOWN,
    FLAGS,
    I64,
    KEY,
    LOOP,
    LOST_PARENT,
    MOVED,
    NEXT_DOWN,
    NEXT_UP,
    NONE,
    PARENT,
    THREAD_END,
    UP,
    VIA,
    WALKED,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, wide
from services.alignment.domain.verdict.lists_and_heaps import add, new_heap, new_list, pop, push
from services.alignment.domain.verdict.path_keys import cost_of, counts_down, counts_up

NOWHERE: End = (-1, 0, -1, -1)


@compiled
def update_threads(c: Columns, images: I64, dirty: int) -> I64:
    """Bring the links and ends of threads up to date where links or keys changed.

    The first `dirty` saved nodes are those whose own links or parents changed.
    """
    moved = new_list(c, 2 * images[0, 0])
    rekeyed = new_list(c, images[0, 0])
    for place in range(1, images[0, 0] + 1):
        node = images[place, NODE]
        changed = c.nodes64[node, KEY] != images[place, OLD_KEY]
        if changed:
            rekeyed = add(c, rekeyed, node)
        if changed or place <= dirty:
            c.nodes8[node, FLAGS] |= MOVED
            moved = add(c, moved, node)
    for at in range(1, moved[0] + 1):
        images, moved = _turn(c, images, moved, moved[at])
    for at in range(1, rekeyed[0] + 1):
        link = wide(c.nodes32[rekeyed[at], DOWN])
        while link >= 0:
            if counts_down(c, link):
                images, moved = _turn(c, images, moved, wide(c.links32[link, CHILD]))
            link = wide(c.links32[link, NEXT_DOWN])
    for at in range(1, moved[0] + 1):
        c.nodes8[moved[at], FLAGS] &= ~MOVED
    return end_threads(c, images, moved)


@compiled
def _turn(c: Columns, images: I64, moved: I64, node: int) -> tuple[I64, I64]:
    """Let a node's thread take the link it takes now."""
    via = next_hop(c, node)
    if via != c.nodes32[node, VIA]:
        images = save_before_image(c, images, node)
        c.nodes32[node, VIA] = via
        if not c.nodes8[node, FLAGS] & MOVED:
            c.nodes8[node, FLAGS] |= MOVED
            moved = add(c, moved, node)
    return images, moved


@compiled
def next_hop(c: Columns, node: int) -> int:
    """The oldest accepted link that realises the node's key; on the way into a loop, the oldest accepted link."""
    key, best = c.nodes64[node, KEY], -1
    if key in (NONE, BREAK) or key == 0:
        return best
    link = wide(c.nodes32[node, UP])
    while link >= 0:
        if counts_up(c, link):
            realises = key == LOOP or c.nodes64[c.links32[link, PARENT], KEY] + cost_of(c, link) == key
            if realises and (best < 0 or older_link(c, link, best)):
                best = link
        link = wide(c.links32[link, NEXT_UP])
    return best


@compiled
def end_threads(c: Columns, images: I64, moved: I64) -> I64:
    """Find the end again for `moved` nodes and for what hangs on them, as far as it changes."""
    heap, looping = new_heap(c, moved[0]), new_list(c, 8)
    for at in range(1, moved[0] + 1):
        node = moved[at]
        key = c.nodes64[node, KEY]
        if key == LOOP:
            looping = add(c, looping, node)
        elif key >= BREAK:
            heap = push(c, heap, key, node)
        else:
            images, _ = _turn_end(c, images, node, NOWHERE)
    while heap[0, 0]:
        node = pop(heap)[1]
        via = wide(c.nodes32[node, VIA])
        end = break_at(c, node) if via < 0 else end_of(c, wide(c.links32[via, PARENT]))
        images, changed = _turn_end(c, images, node, end)
        if changed:
            link = wide(c.nodes32[node, DOWN])
            while link >= 0:
                child = wide(c.links32[link, CHILD])
                if carries_thread(c, link):
                    heap = push(c, heap, c.nodes64[child, KEY], child)
                link = wide(c.links32[link, NEXT_DOWN])
    return end_loops(c, images, looping)


@compiled
def carries_thread(c: Columns, link: int) -> bool:
    """Does the thread of an orphan, the child, go through this link?"""
    child = c.links32[link, CHILD]
    return counts_down(c, link) and c.nodes32[child, VIA] == link and c.nodes64[child, KEY] >= BREAK


@compiled
def end_loops(c: Columns, images: I64, region: I64) -> I64:
    """The same for nodes that reach neither purpose nor break: follow each thread until it returns."""
    for at in range(1, region[0] + 1):
        c.nodes8[region[at], FLAGS] |= MOVED
    at = 1
    while at <= region[0]:
        link = wide(c.nodes32[region[at], DOWN])
        while link >= 0:
            child = wide(c.links32[link, CHILD])
            if not c.nodes8[child, FLAGS] & MOVED and carries_thread(c, link):
                c.nodes8[child, FLAGS] |= MOVED
                region = add(c, region, child)
            link = wide(c.links32[link, NEXT_DOWN])
        at += 1
    walk = new_list(c, 8)
    for at in range(1, region[0] + 1):
        images, walk = _walk(c, images, walk, region[at])
    return images


@compiled
def _walk(c: Columns, images: I64, walk: I64, start: int) -> tuple[I64, I64]:
    """Follow one thread through nodes flagged MOVED, set where it ends for all of them, and take their flag away."""
    walk[0] = 0
    node = start
    while c.nodes8[node, FLAGS] & MOVED:
        c.nodes8[node, FLAGS] = (c.nodes8[node, FLAGS] & ~MOVED) | WALKED
        walk = add(c, walk, node)
        node = wide(c.links32[c.nodes32[node, VIA], PARENT])
    if c.nodes8[node, FLAGS] & WALKED:
        first = walk[0]
        while walk[first] != node:
            first -= 1
        end = loop_of(c, walk, first)
    else:
        end = end_of(c, node)
    for at in range(1, walk[0] + 1):
        c.nodes8[walk[at], FLAGS] &= ~WALKED
        images, _ = _turn_end(c, images, walk[at], end)
    return images, walk


@compiled
def end_of(c: Columns, node: int) -> End:
    """Where the thread of a node ends, as it is set."""
    small = c.nodes32[node]
    return wide(small[THREAD_END]), wide(c.nodes8[node, CAUSE]), wide(small[LOST_PARENT]), wide(small[BREAK_LINK])


@compiled
def _turn_end(c: Columns, images: I64, node: int, end: End) -> tuple[I64, bool]:
    """Let a node's thread end where it ends now; did it end elsewhere?"""
    if end_of(c, node) == end:
        return images, False
    images = save_before_image(c, images, node)
    set_end(c, node, end)
    return images, True


@compiled
def set_end(c: Columns, node: int, end: End) -> None:
    """Where the thread of a node ends."""
    c.nodes32[node, THREAD_END], c.nodes8[node, CAUSE], c.nodes32[node, LOST_PARENT], c.nodes32[node, BREAK_LINK] = end
