"""From ids to rows: open addressing with linear probing (Knuth, The Art of Computer Programming 3, 6.4, algorithm L).

Ids are 128-bit numbers, mostly random; they lie in the rows themselves, a slot holds a row number.
"""

from __future__ import annotations

import numpy as np

from services.alignment.domain.verdict.array_addresses import columns_at
from services.alignment.domain.verdict.columns import (
    BORN,
    BREAK_LINK,
    DOWN,
    HI,
    I32,
    I64,
    KEY,
    LINKS,
    LO,
    LOST_PARENT,
    MARK,
    MEASURED,
    MEASURES,
    NEXT_MEASURED,
    NODES,
    NONE,
    THREAD_END,
    UP,
    VERSION,
    VIA,
    Columns,
)
from services.alignment.domain.verdict.compiled import compiled, entry, wide

_ODD_1 = np.uint64(0x9E3779B97F4A7C15)
_ODD_2 = np.uint64(0xC2B2AE3D27D4EB4F)
_HALF = np.uint64(32)


@compiled
def _home(slots: I32, hi: int, lo: int) -> int:
    """The slot where the search for an id begins."""
    mixed = np.uint64(wide(hi)) * _ODD_1 ^ np.uint64(wide(lo)) * _ODD_2
    mixed = (mixed ^ (mixed >> _HALF)) * _ODD_1
    return wide(((mixed >> _HALF) * np.uint64(slots.size)) >> _HALF)  # type: ignore[arg-type]


@compiled
def slot_of(slots: I32, ids: I64, hi: int, lo: int) -> int:
    """The slot that holds the row with this id, or the free one where it belongs."""
    slot = _home(slots, hi, lo)
    while True:
        row = slots[slot]
        if row < 0 or (ids[row, LO] == lo and ids[row, HI] == hi):
            return slot
        slot = slot + 1 if slot + 1 < slots.size else 0


@compiled
def insert_slot(slots: I32, ids: I64, row: int) -> None:
    """Let a slot hold a row whose id none holds yet."""
    slot = _home(slots, ids[row, HI], ids[row, LO])
    while slots[slot] >= 0:
        slot = slot + 1 if slot + 1 < slots.size else 0
    slots[slot] = row


@compiled
def clear_node(c: Columns, row: int, hi: int, lo: int) -> None:
    """A row for a node of which nothing is known but its id."""
    c.nodes8[row, :] = 0
    for column in (MEASURES, MEASURED, NEXT_MEASURED, UP, DOWN, VIA, THREAD_END, LOST_PARENT, BREAK_LINK):
        c.nodes32[row, column] = -1
    c.nodes32[row, VERSION] = c.nodes32[row, MARK] = 0
    c.nodes64[row, HI], c.nodes64[row, LO] = hi, lo
    c.nodes64[row, BORN], c.nodes64[row, KEY] = 0, NONE


@compiled
def node_row(c: Columns, hi: int, lo: int) -> int:
    """The row of the node with this id, made (without facts) when there is none. There must be room."""
    slot = slot_of(c.node_slots, c.nodes64, hi, lo)
    row = c.node_slots[slot]
    if row < 0:
        row = c.used[NODES]
        c.used[NODES] += 1
        c.node_slots[slot] = row
        clear_node(c, row, hi, lo)
    return wide(row)


@compiled
def row_of(c: Columns, hi: int, lo: int) -> int:
    """The row of a node, -1 when there is none."""
    return wide(c.node_slots[slot_of(c.node_slots, c.nodes64, hi, lo)])


@entry
def find_node(addresses: I64, hi: int, lo: int) -> int:
    """The row of a node, -1 when there is none."""
    return row_of(columns_at(addresses), hi, lo)


@entry
def find_link(addresses: I64, hi: int, lo: int) -> int:
    """The row of a link, -1 when there is none."""
    c = columns_at(addresses)
    return wide(c.link_slots[slot_of(c.link_slots, c.links64, hi, lo)])


@entry
def reindex(addresses: I64) -> None:
    """Fill the empty slots with all rows."""
    c = columns_at(addresses)
    for row in range(c.used[NODES]):
        insert_slot(c.node_slots, c.nodes64, row)
    for row in range(c.used[LINKS]):
        insert_slot(c.link_slots, c.links64, row)
