"""Folds facts into the arrays: what a node is, and who is linked to whom in which state. Judges nothing."""

from __future__ import annotations

from services.alignment.domain.verdict.array_addresses import columns_at
from services.alignment.domain.verdict.columns import (
    BECAUSE,
    BORN,
    CHILD,
    DOWN,
    FLAGS,
    HI,
    I64,
    KIND,
    LINK_FLAGS,
    LINK_STATE,
    LINKS,
    LINKS_CHANGED,
    LO,
    MEASURE,
    MEASURED,
    MEASURES,
    NEXT_DOWN,
    NEXT_MEASURED,
    NEXT_UP,
    NOBODY,
    ORDER,
    OWN,
    PARENT,
    PENDING_LINKS,
    PENDING_NODES,
    PREVIOUS_DOWN,
    PUT,
    UP,
    VERSION,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, entry
from services.alignment.domain.verdict.id_index import node_row, slot_of


@entry
def put_node(
    addresses: I64,
    hi: int,
    lo: int,
    kind: int,
    own: int,
    version: int,
    measures: bool,
    mhi: int,
    mlo: int,
    sequence: int,
) -> bool:
    """Set a node's facts; `sequence` counts when it is new. False when nothing changes.

    There must be room for two nodes more, and for one more to be judged.
    """
    c = columns_at(addresses)
    row = node_row(c, hi, lo)
    measured = node_row(c, mhi, mlo) if measures else -1
    tiny, small = c.nodes8[row], c.nodes32[row]
    if tiny[KIND] == kind and tiny[OWN] == own and small[VERSION] == version and small[MEASURES] == measured:
        return False
    if tiny[KIND] == NOBODY:
        c.nodes64[row, BORN] = sequence
    if small[MEASURES] != measured:
        set_measured(c, row, measured)
    tiny[KIND], tiny[OWN], small[VERSION] = kind, own, version
    _pend(c, row, PUT)
    return True


@entry
def put_link(
    addresses: I64, hi: int, lo: int, chi: int, clo: int, phi: int, plo: int,
    state: int, measure: bool, because: int, order: int, sequence: int,
) -> bool:  # fmt: skip
    """Set a link; `sequence` counts when it is new. False when nothing changes.

    There must be room for a link and two nodes more, and for two nodes and a link more to be judged.
    """
    c = columns_at(addresses)
    child, parent = node_row(c, chi, clo), node_row(c, phi, plo)
    slot = slot_of(c.link_slots, c.links64, hi, lo)
    row = c.link_slots[slot]
    if row < 0:
        row = c.used[LINKS]
        c.used[LINKS] += 1
        c.link_slots[slot] = row
        c.links8[row, LINK_FLAGS] = 0
        c.links64[row, HI], c.links64[row, LO], c.links64[row, BORN] = hi, lo, sequence
        attach_link(c, row, child, parent)
    else:
        ends = c.links32[row, CHILD] == child and c.links32[row, PARENT] == parent
        terms = c.links8[row, LINK_STATE] == state and (c.links8[row, MEASURE] != 0) == measure
        if ends and terms and c.links32[row, BECAUSE] == because and c.links64[row, ORDER] == order:
            return False
        _pend(c, c.links32[row, CHILD], LINKS_CHANGED)
        if not ends:
            detach_link(c, row)
            attach_link(c, row, child, parent)
    c.links8[row, LINK_STATE], c.links8[row, MEASURE] = state, measure
    c.links32[row, BECAUSE], c.links64[row, ORDER] = because, order
    _pend(c, child, LINKS_CHANGED)
    if not c.links8[row, LINK_FLAGS] & PUT:
        c.links8[row, LINK_FLAGS] |= PUT
        c.pending_links[c.used[PENDING_LINKS]] = row
        c.used[PENDING_LINKS] += 1
    return True


@compiled
def _pend(c: Columns, row: int, flag: int) -> None:
    if not c.nodes8[row, FLAGS] & (PUT | LINKS_CHANGED):
        c.pending_nodes[c.used[PENDING_NODES]] = row
        c.used[PENDING_NODES] += 1
    c.nodes8[row, FLAGS] |= flag


@compiled
def set_measured(c: Columns, row: int, measured: int) -> None:
    """Let a key result measure another node, or (-1) none."""
    small = c.nodes32
    before = small[row, MEASURES]
    if before >= 0:
        if small[before, MEASURED] == row:
            small[before, MEASURED] = small[row, NEXT_MEASURED]
        else:
            other = small[before, MEASURED]
            while small[other, NEXT_MEASURED] != row:
                other = small[other, NEXT_MEASURED]
            small[other, NEXT_MEASURED] = small[row, NEXT_MEASURED]
    small[row, MEASURES], small[row, NEXT_MEASURED] = measured, -1
    if measured >= 0:
        small[row, NEXT_MEASURED] = small[measured, MEASURED]
        small[measured, MEASURED] = row


@compiled
def attach_link(c: Columns, row: int, child: int, parent: int) -> None:
    """Into the lists of both ends."""
    ends, small = c.links32[row], c.nodes32
    ends[CHILD], ends[PARENT] = child, parent
    ends[NEXT_UP], small[child, UP] = small[child, UP], row
    ends[PREVIOUS_DOWN], ends[NEXT_DOWN] = -1, small[parent, DOWN]
    if ends[NEXT_DOWN] >= 0:
        c.links32[ends[NEXT_DOWN], PREVIOUS_DOWN] = row
    small[parent, DOWN] = row


@compiled
def detach_link(c: Columns, row: int) -> None:
    """Out of the lists of both ends: a child has few parents, a parent may have very many children."""
    ends, small = c.links32[row], c.nodes32
    if small[ends[CHILD], UP] == row:
        small[ends[CHILD], UP] = ends[NEXT_UP]
    else:
        other = small[ends[CHILD], UP]
        while c.links32[other, NEXT_UP] != row:
            other = c.links32[other, NEXT_UP]
        c.links32[other, NEXT_UP] = ends[NEXT_UP]
    if ends[PREVIOUS_DOWN] >= 0:
        c.links32[ends[PREVIOUS_DOWN], NEXT_DOWN] = ends[NEXT_DOWN]
    else:
        small[ends[PARENT], DOWN] = ends[NEXT_DOWN]
    if ends[NEXT_DOWN] >= 0:
        c.links32[ends[NEXT_DOWN], PREVIOUS_DOWN] = ends[PREVIOUS_DOWN]
