"""What is told of nodes, one or all."""

from __future__ import annotations

import numpy as np

from services.alignment.domain.verdict.breaks import older_node
from services.alignment.domain.verdict.columns import BORN, I64, NODES, STATE, UNTOLD, Columns
from services.alignment.domain.verdict.compiled import compiled, entry
from services.alignment.domain.verdict.index import slot_of
from services.alignment.domain.verdict.places import columns_at
from services.alignment.domain.verdict.saved import TOLD, WIDTH, tell


@entry
def told_of(places: I64, hi: int, lo: int) -> tuple[int, int, int, int, int, int]:
    """What is told of the node with this id (`saved.tell`); state UNTOLD when nothing is."""
    c = columns_at(places)
    row, told = c.node_slots[slot_of(c.node_slots, c.nodes64, hi, lo)], np.zeros(WIDTH, np.int64)
    if row >= 0:
        tell(c, row, told)
    return told[TOLD], told[TOLD + 1], told[TOLD + 2], told[TOLD + 3], told[TOLD + 4], told[TOLD + 5]


@entry
def tell_all(places: I64) -> I64:
    """A row for every node of which something is told: the node, and what; the oldest first."""
    c = columns_at(places)
    found, count = np.empty((c.used[NODES], 1 + WIDTH - TOLD), np.int64), 0
    told, nodes = np.empty(WIDTH, np.int64), np.empty(c.used[NODES], np.int64)
    for node in range(c.used[NODES]):
        if c.nodes8[node, STATE] != UNTOLD:
            nodes[count] = node
            count += 1
    order = oldest_first(c, nodes[:count])
    for place in range(count):
        found[place, 0] = nodes[order[place]]
        tell(c, nodes[order[place]], told)
        found[place, 1:] = told[TOLD:]
    return found[:count]


@compiled
def oldest_first(c: Columns, nodes: I64) -> I64:
    """The order in which these nodes appeared first.

    Few appeared with the same event: those are put in order singly.
    """
    born = np.empty(nodes.size, np.int64)
    for at in range(nodes.size):
        born[at] = c.nodes64[nodes[at], BORN]
    order = np.argsort(born) if nodes.size > 32 else np.arange(nodes.size)
    for at in range(1, order.size):
        here, place = order[at], at
        while place > 0 and older_node(c, nodes[here], nodes[order[place - 1]]):
            order[place] = order[place - 1]
            place -= 1
        order[place] = here
    return order
