"""Everything an engine has to be given to go on: what a graph is put together from, as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from goldenthread.contracts.entities import Id, Link
from goldenthread.contracts.hypotheses import LinkFacts
from services.alignment.domain.verdict.array_addresses import columns_at
from services.alignment.domain.verdict.codes import LINK_STATES
from services.alignment.domain.verdict.columns import (
    BECAUSE,
    BORN,
    CHILD,
    FROZEN,
    HI,
    I64,
    KIND,
    LINK_STATE,
    LINKS,
    LO,
    MEASURE,
    MEASURES,
    NEVER,
    NODES,
    NOT_JUDGED,
    ORDER,
    OWN,
    PARENT,
    STATE,
    VERSION,
)
from services.alignment.domain.verdict.compiled import compiled, entry
from services.alignment.domain.verdict.graph_edits import attach_link, set_measured
from services.alignment.domain.verdict.id_index import clear_node, insert_slot, node_row, row_of
from services.alignment.domain.verdict.ids import ODD, PLACE, Ids

# The columns of `nodes`: the id, what it measures (N_MEASURES says whether it does), and its facts.
N_ID, N_MEASURED, N_MEASURES, N_BORN, N_KIND, N_OWN, N_VERSION, N_FROZEN = 0, 2, 4, 5, 6, 7, 8, 9
NODE_WIDTH = 10
# The columns of `links`: three ids, and the facts. L_BECAUSE -1: none; L_ORDER NEVER: not accepted yet.
L_ID, L_CHILD, L_PARENT, L_BORN, L_STATE, L_MEASURE, L_BECAUSE, L_ORDER = 0, 2, 4, 6, 7, 8, 9, 10
LINK_WIDTH = 11

_LINK_NUMBERS = {state: number for number, state in enumerate(LINK_STATES)}


class PackedGraph(NamedTuple):
    """A graph at rest, or a part of one: a row a node, a row a link, in any order."""

    nodes: I64
    links: I64


def link_numbers(link: Link | LinkFacts) -> tuple[int, bool, int, int]:
    """State, measure, because and order of a link, as the engine has them."""
    because = -1 if link.because_version is None else link.because_version
    order = NEVER if link.accepted_order is None else link.accepted_order
    return _LINK_NUMBERS[link.state], link.measure, because, order


def odd_ids(packed: PackedGraph, ids: Ids) -> set[Id]:
    """The ids in it that do not follow from their numbers: `Ids` has to be told them before it can name them."""
    found: set[Id] = set()
    if ids.all_minted:
        return found
    for rows, places in ((packed.nodes, (N_ID, N_MEASURED)), (packed.links, (L_ID, L_CHILD, L_PARENT))):
        for place in places:
            odd = rows[rows[:, place] >> PLACE & 15 == ODD, place : place + 2]
            found.update(ids.text(*halves) for halves in odd.tolist())
    return found


@entry
def pack(addresses: I64, nodes: I64, links: I64) -> tuple[I64, I64]:
    """These nodes, which have facts, and links as `write_rows` takes them."""
    c = columns_at(addresses)
    packed, tied = np.zeros((nodes.size, NODE_WIDTH), np.int64), np.empty((links.size, LINK_WIDTH), np.int64)
    for place in range(nodes.size):
        node, row = nodes[place], packed[place]
        measured = c.nodes32[node, MEASURES]
        _put_id(row, N_ID, c.nodes64[node])
        if measured >= 0:
            _put_id(row, N_MEASURED, c.nodes64[measured])
            row[N_MEASURES] = 1
        row[N_BORN], row[N_VERSION] = c.nodes64[node, BORN], c.nodes32[node, VERSION]
        row[N_KIND], row[N_OWN] = c.nodes8[node, KIND], c.nodes8[node, OWN]
        row[N_FROZEN] = c.nodes8[node, FROZEN]
    for place in range(links.size):
        link, row = links[place], tied[place]
        _put_id(row, L_ID, c.links64[link])
        _put_id(row, L_CHILD, c.nodes64[c.links32[link, CHILD]])
        _put_id(row, L_PARENT, c.nodes64[c.links32[link, PARENT]])
        row[L_BORN], row[L_ORDER] = c.links64[link, BORN], c.links64[link, ORDER]
        row[L_STATE], row[L_MEASURE] = c.links8[link, LINK_STATE], c.links8[link, MEASURE]
        row[L_BECAUSE] = c.links32[link, BECAUSE]
    return packed, tied


@compiled
def _put_id(row: I64, place: int, named: I64) -> None:
    row[place], row[place + 1] = named[HI], named[LO]


@entry
def write_rows(addresses: I64, nodes: I64, links: I64) -> I64:
    """Write all rows into empty arrays, except who is tied to whom; gives the rows of what nodes measure, then of
    the children and of the parents of links (-1: of a node that is in none).
    """
    c = columns_at(addresses)
    size, count = nodes.shape[0], links.shape[0]
    for node in range(size):
        row = nodes[node]
        clear_node(c, node, row[N_ID], row[N_ID + 1])
        c.nodes8[node, KIND], c.nodes8[node, OWN] = row[N_KIND], row[N_OWN]
        c.nodes32[node, VERSION], c.nodes64[node, BORN] = row[N_VERSION], row[N_BORN]
        c.nodes8[node, FROZEN], c.nodes8[node, STATE] = row[N_FROZEN], NOT_JUDGED
        insert_slot(c.node_slots, c.nodes64, node)
    for link in range(count):
        row = links[link]
        c.links64[link, HI], c.links64[link, LO] = row[L_ID], row[L_ID + 1]
        c.links64[link, BORN], c.links64[link, ORDER] = row[L_BORN], row[L_ORDER]
        c.links8[link, LINK_STATE], c.links8[link, MEASURE] = row[L_STATE], row[L_MEASURE]
        c.links32[link, BECAUSE] = row[L_BECAUSE]
        insert_slot(c.link_slots, c.links64, link)
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
def tie(addresses: I64, nodes: I64, links: I64, ends: I64) -> None:
    """Tie what was laid out together. There must be room for the nodes that are in no row. Nothing is judged."""
    c = columns_at(addresses)
    size, count = nodes.shape[0], links.shape[0]
    for node in range(size):
        if nodes[node, N_MEASURES]:
            measured = ends[node]
            if measured < 0:
                measured = node_row(c, nodes[node, N_MEASURED], nodes[node, N_MEASURED + 1])
            set_measured(c, node, measured)
    for link in range(count):
        child, parent = ends[size + link], ends[size + count + link]
        if child < 0:
            child = node_row(c, links[link, L_CHILD], links[link, L_CHILD + 1])
        if parent < 0:
            parent = node_row(c, links[link, L_PARENT], links[link, L_PARENT + 1])
        attach_link(c, link, child, parent)
