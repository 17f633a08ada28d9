"""One judgement: what was put since the last, through statuses, keys and threads, to the changed verdicts."""

from __future__ import annotations

import numpy as np

from services.alignment.domain.verdict.array_addresses import columns_at
from services.alignment.domain.verdict.before_images import (
    NODE,
    VERDICT,
    WIDTH,
    encode_verdict,
    new_before_images,
    save_before_image,
)
from services.alignment.domain.verdict.columns import (
    ALIGNED,
    BREAK,
    CHANGED,
    CHILD,
    DOWN,
    ENDED,
    FLAGS,
    FROZEN,
    I64,
    KEY,
    KIND,
    LINK_FLAGS,
    LINKS,
    LINKS_CHANGED,
    LIVE,
    MARK,
    NEXT_DOWN,
    NO_STATE,
    NOBODY,
    NODES,
    NOT_JUDGED,
    ORPHANED,
    PENDING_LINKS,
    PENDING_NODES,
    PUT,
    STATE,
    STATUS,
    UNEXPLAINED,
    UNEXPLAINED_HOP,
    UNSAVED,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, entry, wide
from services.alignment.domain.verdict.encoded_verdicts import oldest_first
from services.alignment.domain.verdict.full_recomputation import recompute_labels
from services.alignment.domain.verdict.lists_and_heaps import add, new_list
from services.alignment.domain.verdict.path_keys import update_keys
from services.alignment.domain.verdict.scratch_memory import free_all, new_numbers
from services.alignment.domain.verdict.statuses import status_of, update_statuses
from services.alignment.domain.verdict.threads import update_threads

BEFORE = 1
"""In a row of changes: the node, then its encoded verdict before, then the one after."""
AFTER = BEFORE + WIDTH - VERDICT
CHANGE_WIDTH = AFTER + WIDTH - VERDICT


@entry
def judge(addresses: I64) -> tuple[I64 | None, I64 | None, I64 | None]:
    """Judge what was put: a row for each node with another verdict now, the oldest first; then the rows of
    nodes and of links that were not named for saving before and are to be saved. None where there are none: to hand an
    array over takes half as long as a small judgement.
    """
    c = columns_at(addresses)
    images, changed = update_statuses(c, new_before_images(c, 16))
    images = _mark_dirty(c, images, changed)
    dirty = images[0, 0]
    images, whole = update_keys(c, images)
    if whole:
        for node in range(c.used[NODES]):
            images = save_before_image(c, images, wide(node))
        recompute_labels(c, images)
    else:
        images = update_threads(c, images, dirty)
    found = _changed_verdicts(c, images)
    links = new_list(c, c.used[PENDING_LINKS])
    for at in range(c.used[PENDING_LINKS]):
        link = wide(c.pending_links[at])
        c.links8[link, LINK_FLAGS] &= ~PUT
        if not c.links8[link, LINK_FLAGS] & UNSAVED:
            c.links8[link, LINK_FLAGS] |= UNSAVED
            links = add(c, links, link)
    c.used[PENDING_LINKS] = 0
    nodes = _unsaved(c, found)
    c.used[PENDING_NODES] = 0
    encoded = found if found.shape[0] else None
    unsaved_nodes = nodes[1 : nodes[0] + 1].copy() if nodes[0] else None
    unsaved_links = links[1 : links[0] + 1].copy() if links[0] else None
    free_all(c)
    return encoded, unsaved_nodes, unsaved_links


@entry
def label_all(addresses: I64) -> None:
    """Compute every label without changes to report: a graph that was put together from what was saved."""
    c = columns_at(addresses)
    for node in range(c.used[NODES]):
        c.nodes8[node, STATUS], c.nodes32[node, MARK] = status_of(c, wide(node)), 1
    recompute_labels(c, new_before_images(c, 1))
    for node in range(c.used[NODES]):
        if c.nodes8[node, KIND] != NOBODY:
            _set_state(c, node)
        c.nodes8[node, FLAGS], c.nodes32[node, MARK] = 0, 0
    for link in range(c.used[LINKS]):
        c.links8[link, LINK_FLAGS] = 0
    c.used[PENDING_NODES] = c.used[PENDING_LINKS] = 0
    free_all(c)


@compiled
def _mark_dirty(c: Columns, images: I64, changed: I64) -> I64:
    """Take the before-image of every known node whose own facts, links, or parents' facts changed."""
    for at in range(c.used[PENDING_NODES]):
        node = wide(c.pending_nodes[at])
        if c.nodes8[node, FLAGS] & LINKS_CHANGED and c.nodes8[node, KIND] != NOBODY:
            images = save_before_image(c, images, node)
    for at in range(1, changed[0] + 1):
        node = changed[at]
        c.nodes8[node, FLAGS] &= ~CHANGED
        images = save_before_image(c, images, node)
        link = wide(c.nodes32[node, DOWN])
        while link >= 0:
            child = wide(c.links32[link, CHILD])
            if c.nodes8[child, KIND] != NOBODY:
                images = save_before_image(c, images, child)
            link = wide(c.links32[link, NEXT_DOWN])
    return images


@compiled
def _set_state(c: Columns, node: int) -> None:
    """Set the state, from the labels; what ended keeps the last state it was judged to have."""
    state, key = c.nodes8[node, STATE], c.nodes64[node, KEY]
    if c.nodes8[node, STATUS] != LIVE:
        if c.nodes8[node, STATUS] != ENDED:
            c.nodes8[node, FROZEN] = NO_STATE
        elif state != NOT_JUDGED:
            c.nodes8[node, FROZEN] = state
        c.nodes8[node, STATE] = NOT_JUDGED
        return
    c.nodes8[node, FROZEN] = NO_STATE
    if key >= BREAK:
        c.nodes8[node, STATE] = ORPHANED
    else:
        c.nodes8[node, STATE] = UNEXPLAINED if key >= UNEXPLAINED_HOP else ALIGNED


@compiled
def _changed_verdicts(c: Columns, images: I64) -> I64:
    """Set the states of nodes with before-images; a row of changes for each with another verdict, the oldest first."""
    now, count = new_numbers(c, WIDTH), 0
    for place in range(1, images[0, 0] + 1):
        node = images[place, NODE]
        c.nodes32[node, MARK] = 0
        if c.nodes8[node, KIND] == NOBODY:
            continue
        _set_state(c, node)
        encode_verdict(c, node, now)
        if _differ(images[place], now):
            count += 1
            images[count] = images[place]
    order = oldest_first(c, images[1 : count + 1, NODE])
    found = np.empty((count, CHANGE_WIDTH), np.int64)
    for row in range(count):
        before = images[1 + order[row]]
        found[row, 0] = before[NODE]
        encode_verdict(c, before[NODE], now)
        for column in range(WIDTH - VERDICT):
            found[row, BEFORE + column], found[row, AFTER + column] = before[VERDICT + column], now[VERDICT + column]
    return found


@compiled
def _differ(one: I64, other: I64) -> bool:
    different = False
    for column in range(VERDICT, WIDTH):
        different = different or one[column] != other[column]
    return different


@compiled
def _unsaved(c: Columns, found: I64) -> I64:
    """Nodes put, and those with another verdict, unless they are flagged UNSAVED already; clears the other flags."""
    nodes = new_list(c, c.used[PENDING_NODES] + found.shape[0])
    for at in range(c.used[PENDING_NODES]):
        node = wide(c.pending_nodes[at])
        flags = c.nodes8[node, FLAGS]
        c.nodes8[node, FLAGS] = flags & UNSAVED
        if flags & PUT and not flags & UNSAVED:
            c.nodes8[node, FLAGS] = UNSAVED
            nodes = add(c, nodes, node)
    for row in range(found.shape[0]):
        node = found[row, 0]
        if not c.nodes8[node, FLAGS] & UNSAVED:
            c.nodes8[node, FLAGS] = UNSAVED
            nodes = add(c, nodes, node)
    return nodes


@entry
def mark_saved(addresses: I64, nodes: I64, links: I64) -> None:
    """What was named for saving is saved: it is named again when it changes again."""
    c = columns_at(addresses)
    for node in nodes:
        c.nodes8[node, FLAGS] &= ~UNSAVED
    for link in links:
        c.links8[link, LINK_FLAGS] &= ~UNSAVED
