"""Sheets that are numbered as an outline: rows hang on the nearest number above, and what hangs on nothing is said."""

from __future__ import annotations

from goldenthread import exchange
from goldenthread.contracts.plan import Plan


def above(plan: Plan) -> dict[str, list[str]]:
    return {row.row: [parent.row for parent in row.parents] for row in plan.rows}


def test_without_a_parent_column_a_row_hangs_on_the_nearest_number() -> None:
    plan = exchange.read(
        "Order,Type,Title,Team\n1,objective,a,\n1.1,objective,b,\n1.1.1,kr,c,\n1.2.1,kr,d,\n2,objective,e,\n"
    )
    assert above(plan) == {"1": [], "1.1": ["1"], "1.1.1": ["1.1"], "1.2.1": ["1"], "2": []}
    (problem,) = plan.problems
    assert problem.message == "2 rows of the outline hang on nothing: 1, 2. A column Parent says what they serve"
    assert plan.rows[1].cells["parents"] == "1"


def test_what_is_at_the_top_hangs_on_the_only_purpose_that_has_no_number() -> None:
    plan = exchange.read("No.,Type,Title\n,purpose,p\n1,why,a\n1.1,objective,b\n")
    assert above(plan) == {"purpose:p": [], "1": ["purpose:p"], "1.1": ["1"]}
    assert plan.problems == []
    numbered = exchange.read("No.,Type,Title\n1,purpose,p\n2,why,a\n2.1,objective,b\n1.1,why,c\n")
    assert above(numbered) == {"1": [], "2": [], "2.1": ["2"], "1.1": ["1"]}
    gap = exchange.read("No.,Type,Title\n,purpose,p\n1,why,a\n2.1,objective,b\n")
    assert above(gap)["2.1"] == []
    assert "1 row of the outline hangs on nothing: 2.1" in gap.problems[0].message
    two = exchange.read("No.,Type,Title\n,purpose,p\n,purpose,q\n1,why,a\n1.1,objective,b\n")
    assert above(two)["1"] == []


def test_a_spreadsheet_may_have_written_the_top_as_a_decimal() -> None:
    plan = exchange.read("#,Type,Title\n1.0,objective,a\n1.1,objective,b\n1.1.,kr,c\n")
    assert above(plan)["1.1"] == ["1.0"]


def test_numbers_beside_ids_place_the_rows_and_leave_them_their_ids() -> None:
    plan = exchange.read("ID,Outline,Type,Title\nA,1,why,a\nB,1.1,objective,b\nC,1.1.1,kr,c\n")
    assert above(plan) == {"A": [], "B": ["A"], "C": ["B"]}


def test_a_number_that_two_rows_have_is_nobodys_place() -> None:
    plan = exchange.read("ID,Outline,Type,Title\nA,1,why,a\nB,1,why,b\nC,1.1,objective,c\n")
    (parent,) = plan.rows[2].parents
    assert parent.may_be == ["A (line 2, “a”)", "B (line 3, “b”)"]


def test_with_a_parent_column_numbers_place_nothing() -> None:
    plan = exchange.read("Order,Type,Title,Parent\n1,why,a,\n1.1,objective,b,\n")
    assert above(plan) == {"1": [], "1.1": []}
    assert plan.problems == []


def test_an_order_that_begins_anew_under_every_parent_is_no_id() -> None:
    plan = exchange.read("Order,Type,Title\n1,why,a\n1,objective,b\n2,objective,c\n1,kr,d\n")
    assert [row.row for row in plan.rows] == ["why:a", "objective:b", "objective:c", "key_result:d"]
    assert plan.problems == []


def test_row_ids_that_are_no_outline_place_nothing() -> None:
    assert above(exchange.read("Row ID,Type,Title\n1,why,a\n2,objective,b\n")) == {"1": [], "2": []}
    assert above(exchange.read("Row ID,Type,Title\nA,why,a\n1.1,objective,b\n")) == {"A": [], "1.1": []}


def test_an_outline_of_many_levels_and_rows_takes_no_time() -> None:
    deep = ".".join("1" * 30)
    plan = exchange.read("#,Type,Title\n" + "".join(f"{n}.{deep},objective,a{n}\n" for n in range(20_000)))
    assert len(plan.rows) == 20_000
    assert len(plan.problems) == 1
