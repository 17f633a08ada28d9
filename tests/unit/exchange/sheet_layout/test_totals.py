"""Rows that sum up others are no goals: they are reported once."""

from __future__ import annotations

import pytest

from goldenthread import exchange
from goldenthread.contracts.plan import Plan
from goldenthread.exchange.tables.table import Line, Table


def read(*rows: str) -> Plan:
    return exchange.read("Row ID,Type,Title,Target Value\nK,key_result,k,5\n" + "".join(row + "\n" for row in rows))


@pytest.mark.parametrize(
    "row",
    [
        *(
            "Total,,,100",
            ",,Total,100",
            "TOTAL:,,,",
            "Grand Total,,,",
            "Subtotal,,3,",
            "Sum,,,5",
            "Average,,,5",
            "Ø,,,",
        ),
        *("Summe,,,", "Gesamt:,,,", "Gesamtergebnis,,,", "Zwischensumme,,,", "Durchschnitt,,,", "Anzahl,,,3"),
        *("Total (3),,,", "Total 2026,,,", "Total: 3 goals,,,", ",Total,,100"),
    ],
)
def test_a_total_is_no_goal(row: str) -> None:
    plan = read(row)
    assert [each.row for each in plan.rows] == ["K"]
    (problem,) = plan.problems
    assert problem.row == "line 3"
    assert problem.message.endswith("is a total, and no goal")


def test_many_totals_are_one_problem() -> None:
    plan = read(*["Subtotal,,,1"] * 300, "Total,,,300", ",,,")
    (problem,) = plan.problems
    assert problem.row == "line 3"
    assert problem.message == ("301 totals were not taken (“Subtotal”; lines 3, 4, 5, 6, 7, …): they are no goals")


def test_a_goal_that_is_called_total_is_one() -> None:
    plan = read("Total,objective,Total,", "O,objective,Sum,", ",objective,Average,")
    assert [row.title for row in plan.rows] == ["k", "Total", "Sum", "Average"]
    assert plan.problems == []


def test_a_row_that_says_something_else_first_is_no_total() -> None:
    plan = read("T,,Total,5", "Totally new,,,")
    assert [problem.message for problem in plan.problems] == ["2 rows were not taken (lines 3, 4): no type"]


def test_totals_of_a_workbook_are_rows() -> None:
    table = Table(
        [Line(1, ["Type", "Title", "Target"]), Line(2, ["kr", "a", 5]), Line(9, ["", "Total", 5])], place="row"
    )
    assert [(each.row, each.message) for each in exchange.read(table).problems] == [
        ("row 9", "not taken: “Total” is a total, and no goal")
    ]
