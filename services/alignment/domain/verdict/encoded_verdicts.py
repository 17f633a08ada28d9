"""The verdicts on nodes, one or all, encoded as numbers (see `before_images`)."""

from __future__ import annotations

import numpy as np

from services.alignment.domain.verdict.array_addresses import columns_at
from services.alignment.domain.verdict.before_images import VERDICT, WIDTH, encode_verdict
from services.alignment.domain.verdict.break_causes import older_node
from services.alignment.domain.verdict.columns import BORN, I64, NO_STATE, NODES, STATE, Columns
from services.alignment.domain.verdict.compiled import compiled, entry
from services.alignment.domain.verdict.id_index import slot_of


@entry
def encoded_verdict_of(addresses: I64, hi: int, lo: int) -> tuple[int, int, int, int, int, int]:
    """The encoded verdict on the node with this id; state NO_STATE when there is none."""
    c = columns_at(addresses)
    row, encoded = c.node_slots[slot_of(c.node_slots, c.nodes64, hi, lo)], np.zeros(WIDTH, np.int64)
    if row >= 0:
        encode_verdict(c, row, encoded)
    return (
        encoded[VERDICT],
        encoded[VERDICT + 1],
        encoded[VERDICT + 2],
        encoded[VERDICT + 3],
        encoded[VERDICT + 4],
        encoded[VERDICT + 5],
    )


@entry
def encode_all_verdicts(addresses: I64) -> I64:
    """A row for every judged node: the node and its encoded verdict; the oldest first."""
    c = columns_at(addresses)
    found, count = np.empty((c.used[NODES], 1 + WIDTH - VERDICT), np.int64), 0
    encoded, nodes = np.empty(WIDTH, np.int64), np.empty(c.used[NODES], np.int64)
    for node in range(c.used[NODES]):
        if c.nodes8[node, STATE] != NO_STATE:
            nodes[count] = node
            count += 1
    order = oldest_first(c, nodes[:count])
    for place in range(count):
        found[place, 0] = nodes[order[place]]
        encode_verdict(c, nodes[order[place]], encoded)
        found[place, 1:] = encoded[VERDICT:]
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
