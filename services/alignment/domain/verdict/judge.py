"""One judgement: what was put since the last, through statuses, keys and threads, to what is told anew."""

from __future__ import annotations

import numpy as np

from services.alignment.domain.verdict.afresh import relabel
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
    LIVE,
    LOOSE,
    MARK,
    NEXT_DOWN,
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
    UNTOLD,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, entry, wide
from services.alignment.domain.verdict.heaps import add, new_list
from services.alignment.domain.verdict.keys import rekey
from services.alignment.domain.verdict.places import columns_at
from services.alignment.domain.verdict.saved import NODE, TOLD, WIDTH, keep, new_saved, tell
from services.alignment.domain.verdict.scratch import give_back, numbers
from services.alignment.domain.verdict.statuses import restate, status_of
from services.alignment.domain.verdict.telling import oldest_first
from services.alignment.domain.verdict.threads import rethread

WAS = 1
"""In a row of changes, the node, then what was told of it, then what is."""
IS = WAS + WIDTH - TOLD
CHANGE_WIDTH = IS + WIDTH - TOLD


@entry
def judge(places: I64) -> tuple[I64 | None, I64 | None, I64 | None]:
    """Judge what was put: a row for each node of which something else is told now, the oldest first; then the rows of
    nodes and of links that were not named for saving before and are to be saved. None where there are none: to hand an
    array over takes half as long as a small judgement.
    """
    c = columns_at(places)
    saved, changed = restate(c, new_saved(c, 16))
    saved = _soil(c, saved, changed)
    dirty = saved[0, 0]
    saved, whole = rekey(c, saved)
    if whole:
        for node in range(c.used[NODES]):
            saved = keep(c, saved, wide(node))
        relabel(c, saved)
    else:
        saved = rethread(c, saved, dirty)
    found = _conclude(c, saved)
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
    told = found if found.shape[0] else None
    unsaved_nodes = nodes[1 : nodes[0] + 1].copy() if nodes[0] else None
    unsaved_links = links[1 : links[0] + 1].copy() if links[0] else None
    give_back(c)
    return told, unsaved_nodes, unsaved_links


@entry
def label_all(places: I64) -> None:
    """Set every label afresh and tell nobody: a graph that was put together from what was saved."""
    c = columns_at(places)
    for node in range(c.used[NODES]):
        c.nodes8[node, STATUS], c.nodes32[node, MARK] = status_of(c, wide(node)), 1
    relabel(c, new_saved(c, 1))
    for node in range(c.used[NODES]):
        if c.nodes8[node, KIND] != NOBODY:
            _tell_anew(c, node)
        c.nodes8[node, FLAGS], c.nodes32[node, MARK] = 0, 0
    for link in range(c.used[LINKS]):
        c.links8[link, LINK_FLAGS] = 0
    c.used[PENDING_NODES] = c.used[PENDING_LINKS] = 0
    give_back(c)


@compiled
def _soil(c: Columns, saved: I64, changed: I64) -> I64:
    """Save every known node whose own facts, links, or parents' facts changed."""
    for at in range(c.used[PENDING_NODES]):
        node = wide(c.pending_nodes[at])
        if c.nodes8[node, FLAGS] & LOOSE and c.nodes8[node, KIND] != NOBODY:
            saved = keep(c, saved, node)
    for at in range(1, changed[0] + 1):
        node = changed[at]
        c.nodes8[node, FLAGS] &= ~CHANGED
        saved = keep(c, saved, node)
        link = wide(c.nodes32[node, DOWN])
        while link >= 0:
            child = wide(c.links32[link, CHILD])
            if c.nodes8[child, KIND] != NOBODY:
                saved = keep(c, saved, child)
            link = wide(c.links32[link, NEXT_DOWN])
    return saved


@compiled
def _tell_anew(c: Columns, node: int) -> None:
    """Set the state, from the labels; what ended keeps the last state it was judged to have."""
    state, key = c.nodes8[node, STATE], c.nodes64[node, KEY]
    if c.nodes8[node, STATUS] != LIVE:
        if c.nodes8[node, STATUS] != ENDED:
            c.nodes8[node, FROZEN] = UNTOLD
        elif state != NOT_JUDGED:
            c.nodes8[node, FROZEN] = state
        c.nodes8[node, STATE] = NOT_JUDGED
        return
    c.nodes8[node, FROZEN] = UNTOLD
    if key >= BREAK:
        c.nodes8[node, STATE] = ORPHANED
    else:
        c.nodes8[node, STATE] = UNEXPLAINED if key >= UNEXPLAINED_HOP else ALIGNED


@compiled
def _conclude(c: Columns, saved: I64) -> I64:
    """Tell anew what is saved; a row for each of which something else is told now, the oldest first."""
    now, count = numbers(c, WIDTH), 0
    for place in range(1, saved[0, 0] + 1):
        node = saved[place, NODE]
        c.nodes32[node, MARK] = 0
        if c.nodes8[node, KIND] == NOBODY:
            continue
        _tell_anew(c, node)
        tell(c, node, now)
        if _differ(saved[place], now):
            count += 1
            saved[count] = saved[place]
    order = oldest_first(c, saved[1 : count + 1, NODE])
    found = np.empty((count, CHANGE_WIDTH), np.int64)
    for row in range(count):
        before = saved[1 + order[row]]
        found[row, 0] = before[NODE]
        tell(c, before[NODE], now)
        for column in range(WIDTH - TOLD):
            found[row, WAS + column], found[row, IS + column] = before[TOLD + column], now[TOLD + column]
    return found


@compiled
def _differ(one: I64, other: I64) -> bool:
    different = False
    for column in range(TOLD, WIDTH):
        different = different or one[column] != other[column]
    return different


@compiled
def _unsaved(c: Columns, found: I64) -> I64:
    """Nodes put, and those of which something else is told, unless they are named already; takes the flags away."""
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
def mark_saved(places: I64, nodes: I64, links: I64) -> None:
    """What was named for saving is saved: it is named again when it changes again."""
    c = columns_at(places)
    for node in nodes:
        c.nodes8[node, FLAGS] &= ~UNSAVED
    for link in links:
        c.links8[link, LINK_FLAGS] &= ~UNSAVED
