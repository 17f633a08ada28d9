"""Ids that do not follow from their numbers are named, wherever in the rows they stand."""

from __future__ import annotations

import numpy as np
import pytest

from services.alignment.domain.verdict.ids import KINDS, Ids
from services.alignment.domain.verdict.packed_state import (
    L_CHILD,
    L_ID,
    L_PARENT,
    LINK_WIDTH,
    N_ID,
    N_MEASURED,
    NODE_WIDTH,
    PackedGraph,
    odd_ids,
)

MINTED = [f"{kind}_01890000000070008000{number:012x}" for number, kind in enumerate(KINDS)]
NODES, LINKS = (N_ID, N_MEASURED), (L_ID, L_CHILD, L_PARENT)


def minted(ids: Ids) -> PackedGraph:
    """Rows in which every id is one that was minted; the other numbers are such as no id has."""
    nodes, links = np.full((5, NODE_WIDTH), -1, np.int64), np.full((5, LINK_WIDTH), -1, np.int64)
    for rows, places in ((nodes, NODES), (links, LINKS)):
        for row, id in zip(rows, MINTED, strict=True):
            for place in places:
                row[place : place + 2] = ids.halves(id)
    return PackedGraph(nodes, links)


def test_minted_ids_follow_from_their_numbers() -> None:
    ids = Ids()
    packed = minted(ids)
    assert odd_ids(packed, ids) == set()
    ids.halves("an odd one that stands nowhere")
    assert odd_ids(packed, ids) == set()


@pytest.mark.parametrize(("which", "place"), [(0, place) for place in NODES] + [(1, place) for place in LINKS])
def test_an_odd_id_is_named_wherever_it_stands(which: int, place: int) -> None:
    ids = Ids()
    packed = minted(ids)
    for row in (1, 3):
        packed[which][row, place : place + 2] = ids.halves(f"odd {row}")
    assert odd_ids(packed, ids) == {"odd 1", "odd 3"}
