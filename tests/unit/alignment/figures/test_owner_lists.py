"""Who owns what, by row: numbers for lists that many goals share."""

from __future__ import annotations

import numpy as np

from services.alignment.domain.figures.owner_lists import NOBODY, OwnerLists

A, BOTH = ("unit_a",), ("unit_a", "unit_b")


def test_goals_with_the_same_owners_share_a_number_that_no_other_list_gets() -> None:
    owners = OwnerLists()
    assert [owners.put(row, units) for row, units in enumerate([A, BOTH, A, NOBODY])] == [1, 2, 1, 0]
    assert [owners.of(row) for row in range(5)] == [A, BOTH, A, NOBODY, NOBODY]
    assert owners.unsaved == {1: A, 2: BOTH}


def test_what_no_row_holds_and_what_is_beyond_all_rows_is_owned_by_nobody() -> None:
    owners = OwnerLists()
    owners.put(100_000, A)
    assert [owners.of(row) for row in (-1, 0, 99_999, 100_000, 10_000_000)] == [NOBODY, NOBODY, NOBODY, A, NOBODY]


def test_restored_lists_keep_their_numbers_and_need_no_saving() -> None:
    owners = OwnerLists.restore([A, BOTH], np.array([500, 3]), np.array([2, 1]))
    assert (owners.of(500), owners.of(3), owners.of(4)) == (BOTH, A, NOBODY)
    assert owners.unsaved == {}
    assert (owners.number(BOTH), owners.number(("unit_b",))) == (2, 3)
    assert owners.units == {"unit_a", "unit_b"}


def test_what_some_units_own_is_told_by_row() -> None:
    owners = OwnerLists()
    for row, units in enumerate([A, ("unit_b",), BOTH, ("unit_c",)]):
        owners.put(row, units)
    assert owners.owned({"unit_b", "unit_c"}, 4).tolist() == [False, True, True, True]
    assert owners.owned({"unit_a"}, 70).nonzero()[0].tolist() == [0, 2]
