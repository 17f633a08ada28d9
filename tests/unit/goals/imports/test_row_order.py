"""The order in which the rows of a plan are taken: no row is lost, and what a row serves comes before it."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldenthread.contracts.plan import PlanParent, PlanRow, RowType
from services.goals.domain.imports.row_order import parents_first

PURPOSE, WHY, OBJECTIVE, KEY_RESULT = RowType


def row(id: str, type: RowType, *parents: str) -> PlanRow:
    return PlanRow(id, f"line {id}", type, f"Goal {id}", parents=[PlanParent(each) for each in parents])


def order(*rows: PlanRow) -> list[str]:
    return [each.row for each in parents_first(rows)]


CHAIN = [
    row("P", PURPOSE),
    row("W", WHY, "P"),
    row("A", OBJECTIVE, "W"),
    row("B", OBJECTIVE, "A", "W"),
    row("C", OBJECTIVE, "B", "A"),
    row("K", KEY_RESULT, "C"),
]


@pytest.mark.parametrize("rows", [*permutations(CHAIN)][::23], ids=lambda rows: "".join(each.row for each in rows))
def test_what_a_row_serves_comes_before_it_however_the_file_has_them(rows: list[PlanRow]) -> None:
    assert order(*rows) == [each.row for each in CHAIN]


def test_rows_that_do_not_serve_each_other_come_by_kind_and_as_the_file_has_them() -> None:
    assert order(row("K", KEY_RESULT), row("B", OBJECTIVE), row("A", OBJECTIVE), row("W", WHY), row("P", PURPOSE)) == [
        "P",
        "W",
        "B",
        "A",
        "K",
    ]


def test_a_parent_that_the_file_does_not_have_orders_nothing() -> None:
    assert order(row("A", OBJECTIVE, "gone"), row("B", OBJECTIVE, "gone", "A")) == ["A", "B"]


def test_of_two_rows_of_one_id_the_first_is_what_others_serve_and_both_are_there() -> None:
    first, second = row("A", OBJECTIVE), row("A", OBJECTIVE, "C")
    rows = [row("B", OBJECTIVE, "A"), first, second, row("C", OBJECTIVE, "B")]
    assert [each.row for each in parents_first(rows)] == ["A", "B", "C", "A"]
    assert parents_first(rows)[0] is first


@pytest.mark.parametrize("measured", ["K", "L"])
def test_a_key_result_in_a_circle_is_not_lost(measured: str) -> None:
    assert sorted(order(row("K", KEY_RESULT, measured), row("L", KEY_RESULT, "K"))) == ["K", "L"]


def test_a_key_result_on_a_loop_comes_after_what_it_measures_and_its_parents_after_it() -> None:
    found = order(row("O", OBJECTIVE, "K"), row("K", KEY_RESULT, "O"), row("N", OBJECTIVE, "K"))
    assert found == ["O", "K", "N"]


rows = st.lists(
    st.builds(
        lambda id, type, parents: row(id, type, *parents),
        st.sampled_from("ABCDEFG"),
        st.sampled_from([WHY, OBJECTIVE, KEY_RESULT]),
        st.lists(st.sampled_from("ABCDEFGX"), max_size=3, unique=True),
    ),
    max_size=9,
)


@settings(max_examples=25)
@given(rows)
def test_every_row_comes_once_and_a_key_result_after_what_it_measures(plan: list[PlanRow]) -> None:
    found = parents_first(plan)
    assert sorted(map(id, found)) == sorted(map(id, plan))
    ranked = sorted(plan, key=lambda each: [*RowType].index(each.type))
    first = {each.row: each for each in reversed(ranked)}
    at = {id(each): place for place, each in enumerate(found)}
    for each in plan:
        measured = first.get(each.parents[0].row) if each.type is KEY_RESULT and each.parents else None
        if measured is not None and measured.type is not KEY_RESULT:
            assert at[id(measured)] < at[id(each)]
