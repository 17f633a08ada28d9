"""The goal graph as arrays: a row a node, a row a link, linked to each other by row numbers (-1: none).

Rows are never removed, so a row number names a node or link for as long as the graph lives.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

I8 = npt.NDArray[np.int8]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

# nodes8: a node without facts (KIND NOBODY) is a dangling id. STATE is that of the last verdict, FROZEN the last before
# an end; CAUSE belongs to THREAD_END. FLAGS are what a judgement is about to do with the node.
KIND, OWN, STATUS, STATE, FROZEN, CAUSE, FLAGS = range(7)
# nodes32: MEASURES is the node a key result measures, MEASURED the first that measures this one, NEXT_MEASURED the
# next beside it. UP and DOWN are the first links to parents and from children. VIA is the link its thread takes next,
# THREAD_END the node where an orphan's thread ends, LOST_PARENT and BREAK_LINK what that end names. MARK is the node's
# row among the before-images while a judgement runs.
VERSION, MEASURES, MEASURED, NEXT_MEASURED, UP, DOWN, VIA, THREAD_END, LOST_PARENT, BREAK_LINK, MARK = range(11)
# nodes64: the id, the goals sequence it first appeared with, and its place in the labelling.
HI, LO, BORN, KEY = range(4)
# links8
LINK_STATE, MEASURE, LINK_FLAGS = range(3)
# links32: its ends, its neighbours in the lists of both, the parent's version its because was written against, or -1
CHILD, PARENT, NEXT_UP, NEXT_DOWN, PREVIOUS_DOWN, BECAUSE = range(6)
# links64: the id (HI, LO) and BORN as above; when it was accepted (NEVER: not yet).
ORDER = 3
NEVER = (1 << 63) - 1

NOBODY, PURPOSE, WHY, OBJECTIVE, KEY_RESULT = range(5)
IDLE, LIVE, ENDED = range(3)
NO_STATE, ALIGNED, UNEXPLAINED, ORPHANED, NOT_JUDGED = range(5)
PROPOSED, COUNTERED, ACCEPTED, DECLINED, WITHDRAWN = range(5)
# In the order that decides where several causes apply; 0 is none.
LINK_PENDING, WHY_RETIRED, PARENT_ENDED, LINK_WITHDRAWN, LINK_DECLINED, PURPOSE_MISSING, NOT_LINKED, LOOPING = range(
    1, 9
)

# A key is one number: class, unexplained hops, hops. The first class reaches the purpose, the second ends at a break;
# LOOP reaches neither. A node that is not live has NONE.
HOP = 1
UNEXPLAINED_HOP = 1 << 30
BREAK = 1 << 60
LOOP = 2 << 60
NONE = -1

# FLAGS
PUT, LINKS_CHANGED, UNSAVED, CHANGED, UNSETTLED, MOVED, WALKED = (1 << bit for bit in range(7))

# How many rows are in use, and how many nodes may be unsettled before everything is labelled afresh (see `path_keys`);
# the address of the memory that loops took last (see `scratch_memory`).
NODES, LINKS, PENDING_NODES, PENDING_LINKS, UNSETTLED_LIMIT, SCRATCH = range(6)

LAYOUT: dict[str, tuple[type[np.signedinteger[Any]], int]] = {
    "nodes8": (np.int8, 7), "nodes32": (np.int32, 11), "nodes64": (np.int64, 4),
    "links8": (np.int8, 3), "links32": (np.int32, 6), "links64": (np.int64, 4),
    "node_slots": (np.int32, 0), "link_slots": (np.int32, 0),
    "pending_nodes": (np.int32, 0), "pending_links": (np.int32, 0), "used": (np.int64, 0),
}  # fmt: skip
"""The arrays: what their numbers are, and how many a row has; 0: it is a list of numbers."""


class Columns(NamedTuple):
    """One organization's arrays. `used` says how many rows of the others are in use."""

    nodes8: I8
    nodes32: I32
    nodes64: I64
    links8: I8
    links32: I32
    links64: I64
    node_slots: I32
    """Open addressing, by id; see `id_index`."""
    link_slots: I32
    pending_nodes: I32
    """Nodes put, or that gained or lost a link up, since the last judgement."""
    pending_links: I32
    used: I64


def empty(nodes: int, links: int, pending: int = 64) -> Columns:
    """Arrays with room for so many nodes and links, and for so many to be judged at once."""
    lists = _slots(nodes), _slots(links), pending, pending, SCRATCH + 1
    rows = nodes, nodes, nodes, links, links, links, *lists
    made = Columns._make(
        np.zeros((size, width) if width else size, kind)
        for size, (kind, width) in zip(rows, LAYOUT.values(), strict=True)
    )
    made.node_slots.fill(-1)
    made.link_slots.fill(-1)
    return made


def copy_of(columns: Columns) -> Columns:
    """The same graph, in arrays of its own."""
    return Columns._make(each.copy() for each in columns)


def _slots(rows: int) -> int:
    """Slots for so many rows: six of seven may be taken."""
    return rows + rows // 6 + 8
