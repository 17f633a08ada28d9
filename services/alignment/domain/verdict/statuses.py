"""The status of nodes: whether a node counts. A key result has the status of what it measures, unless it was
removed.
"""

from __future__ import annotations

from services.alignment.domain.verdict.before_images import save_before_image
from services.alignment.domain.verdict.columns import (
    CHANGED,
    ENDED,
    FLAGS,
    I64,
    IDLE,
    KIND,
    MEASURED,
    MEASURES,
    NEXT_MEASURED,
    NOBODY,
    OWN,
    PENDING_NODES,
    PUT,
    STATUS,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, wide
from services.alignment.domain.verdict.lists_and_heaps import add, new_list


@compiled
def status_of(c: Columns, node: int) -> int:
    """The status of a node, from facts alone; IDLE for a circle of measures (found as Brent does, 1980)."""
    landmark, steps, room = node, 0, 1
    while True:
        if c.nodes8[node, KIND] == NOBODY:
            return IDLE
        if c.nodes8[node, OWN] == ENDED:
            return ENDED
        measured = c.nodes32[node, MEASURES]
        if measured < 0:
            return wide(c.nodes8[node, OWN])
        node = wide(measured)
        if node == landmark:
            return IDLE
        steps += 1
        if steps == room:
            landmark, steps, room = node, 0, 2 * room


@compiled
def update_statuses(c: Columns, images: I64) -> tuple[I64, I64]:
    """Bring the statuses up to date with what was put; every node whose facts or status changed, flagged CHANGED."""
    changed = new_list(c, 16)
    for at in range(c.used[PENDING_NODES]):
        node = wide(c.pending_nodes[at])
        if not c.nodes8[node, FLAGS] & PUT:
            continue
        changed = _change(c, changed, node)
        status = status_of(c, node)
        if status != c.nodes8[node, STATUS]:
            images = save_before_image(c, images, node)
            c.nodes8[node, STATUS] = status
            images, changed = _pass_on(c, images, changed, node)
    return images, changed


@compiled
def _pass_on(c: Columns, images: I64, changed: I64, start: int) -> tuple[I64, I64]:
    """The new status of a node reaches what measures it, directly or through others."""
    queue = add(c, new_list(c, 8), start)
    while queue[0]:
        node = queue[queue[0]]
        queue[0] -= 1
        other = wide(c.nodes32[node, MEASURED])
        while other >= 0:
            status = ENDED if c.nodes8[other, OWN] == ENDED else wide(c.nodes8[node, STATUS])
            if status != c.nodes8[other, STATUS]:
                images = save_before_image(c, images, other)
                c.nodes8[other, STATUS] = status
                changed = _change(c, changed, other)
                queue = add(c, queue, other)
            other = wide(c.nodes32[other, NEXT_MEASURED])
    return images, changed


@compiled
def _change(c: Columns, changed: I64, node: int) -> I64:
    if not c.nodes8[node, FLAGS] & CHANGED:
        c.nodes8[node, FLAGS] |= CHANGED
        changed = add(c, changed, node)
    return changed
