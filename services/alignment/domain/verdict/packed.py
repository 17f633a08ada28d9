"""Everything an engine has to be given to go on: what a graph is put together from, as arrays or as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from goldenthread.contracts.entities import Link
from services.alignment.domain.verdict.columns import (
    BECAUSE,
    BORN,
    FROZEN,
    HI,
    I64,
    KIND,
    LINK_STATE,
    LINKS,
    LO,
    MEASURE,
    NEVER,
    NODES,
    NOT_JUDGED,
    ORDER,
    OWN,
    STATE,
    VERSION,
)
from services.alignment.domain.verdict.compiled import entry
from services.alignment.domain.verdict.facts import hang, measure
from services.alignment.domain.verdict.ids import Ids
from services.alignment.domain.verdict.index import clear_node, enter, node_row, row_of
from services.alignment.domain.verdict.places import columns_at
from services.alignment.domain.verdict.rows import LINK_STATES, STATES, LinkRow, NodeRow

# The columns of `nodes`: the id, what it measures (N_MEASURES says whether it does), and its facts.
N_ID, N_MEASURED, N_MEASURES, N_BORN, N_KIND, N_OWN, N_VERSION, N_FROZEN = 0, 2, 4, 5, 6, 7, 8, 9
NODE_WIDTH = 10
# The columns of `links`: three ids, and the facts. L_BECAUSE -1: none; L_ORDER NEVER: not accepted yet.
L_ID, L_CHILD, L_PARENT, L_BORN, L_STATE, L_MEASURE, L_BECAUSE, L_ORDER = 0, 2, 4, 6, 7, 8, 9, 10
LINK_WIDTH = 11

_STATE_NUMBERS = {state: number for number, state in enumerate(STATES)}
_LINK_NUMBERS = {state: number for number, state in enumerate(LINK_STATES)}


class Packed(NamedTuple):
    """A graph at rest: a row a node, a row a link, in any order."""

    nodes: I64
    links: I64


def packed(nodes: Sequence[NodeRow], links: Sequence[LinkRow], ids: Ids) -> Packed:
    """Rows as arrays; `ids` remembers their ids."""
    made = Packed(np.zeros((len(nodes), NODE_WIDTH), np.int64), np.zeros((len(links), LINK_WIDTH), np.int64))
    for place, node in enumerate(nodes):
        facts = node.facts
        measured = (0, 0) if facts.measures is None else ids.halves(facts.measures)
        known = facts.measures is not None, node.born, facts.kind, facts.own, facts.version, number_of(node.frozen)
        made.nodes[place] = *ids.halves(node.id), *measured, *known
    for place, link in enumerate(links):
        ends = *ids.halves(link.id), *ids.halves(link.child), *ids.halves(link.parent)
        made.links[place] = *ends, link.born, *terms_of(link)
    return made


def terms_of(link: Link | LinkRow) -> tuple[int, bool, int, int]:
    """State, measure, because and order of a link, as the engine has them."""
    because = -1 if link.because_version is None else link.because_version
    return (
        _LINK_NUMBERS[link.state],
        link.measure,
        because,
        NEVER if link.accepted_order is None else link.accepted_order,
    )


def number_of(state: object) -> int:
    """The number of an alignment state, or of None."""
    return _STATE_NUMBERS[state]


@entry
def lay_out(places: I64, nodes: I64, links: I64) -> I64:
    """Write all rows into empty arrays, except who is tied to whom; gives the rows of what nodes measure, then of
    the children and of the parents of links (-1: of a node that is in none).
    """
    c = columns_at(places)
    size, count = nodes.shape[0], links.shape[0]
    for node in range(size):
        row = nodes[node]
        clear_node(c, node, row[N_ID], row[N_ID + 1])
        c.nodes8[node, KIND], c.nodes8[node, OWN] = row[N_KIND], row[N_OWN]
        c.nodes32[node, VERSION], c.nodes64[node, BORN] = row[N_VERSION], row[N_BORN]
        c.nodes8[node, FROZEN], c.nodes8[node, STATE] = row[N_FROZEN], NOT_JUDGED
        enter(c.node_slots, c.nodes64, node)
    for link in range(count):
        row = links[link]
        c.links64[link, HI], c.links64[link, LO] = row[L_ID], row[L_ID + 1]
        c.links64[link, BORN], c.links64[link, ORDER] = row[L_BORN], row[L_ORDER]
        c.links8[link, LINK_STATE], c.links8[link, MEASURE] = row[L_STATE], row[L_MEASURE]
        c.links32[link, BECAUSE] = row[L_BECAUSE]
        enter(c.link_slots, c.links64, link)
    c.used[NODES], c.used[LINKS] = size, count
    ends = np.zeros(size + 2 * count, np.int64)
    for node in range(size):
        if nodes[node, N_MEASURES]:
            ends[node] = row_of(c, nodes[node, N_MEASURED], nodes[node, N_MEASURED + 1])
    for link in range(count):
        ends[size + link] = row_of(c, links[link, L_CHILD], links[link, L_CHILD + 1])
    for link in range(count):
        ends[size + count + link] = row_of(c, links[link, L_PARENT], links[link, L_PARENT + 1])
    return ends


@entry
def tie(places: I64, nodes: I64, links: I64, ends: I64) -> None:
    """Tie what was laid out together. There must be room for the nodes that are in no row. Nothing is judged."""
    c = columns_at(places)
    size, count = nodes.shape[0], links.shape[0]
    for node in range(size):
        if nodes[node, N_MEASURES]:
            measured = ends[node]
            if measured < 0:
                measured = node_row(c, nodes[node, N_MEASURED], nodes[node, N_MEASURED + 1])
            measure(c, node, measured)
    for link in range(count):
        child, parent = ends[size + link], ends[size + count + link]
        if child < 0:
            child = node_row(c, links[link, L_CHILD], links[link, L_CHILD + 1])
        if parent < 0:
            parent = node_row(c, links[link, L_PARENT], links[link, L_PARENT + 1])
        hang(c, link, child, parent)
