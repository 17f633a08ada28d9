"""The numbers of one key result speak of the same thing, or are reported."""

from __future__ import annotations

import pytest

from tests.unit.exchange.small_sheets import VALUES, numbers_of, plan_of, told

Cells = tuple[str, str, str]


@pytest.mark.parametrize(
    ("cells", "expected", "unit"),
    [
        (("20%", "80%", "50"), (20, 80, 50), "%"),
        (("0", "80%", "45 %"), (0, 80, 45), "%"),
        (("0.2", "0.8", "0.5"), (0.2, 0.8, 0.5), None),
        (("0", "$1,000", "500"), (0, 1000, 500), "$"),
        (("$0", "1000 USD", "500"), (0, 1000, 500), "USD"),
        (("1 day", "3 days", "2"), (1, 3, 2), "days"),
        (("0", "1.2M", "500k"), (0, 1_200_000, 500_000), None),
        (("0", "1.2M", "350000"), (0, 1_200_000, 350_000), None),
        (("120%", "180%", "1.5"), (120, 180, None), "%"),
        (("20%", "80%", "1.5"), (20, 80, 1.5), "%"),
    ],
)
def test_numbers_that_can_mean_one_thing_only_are_read(
    cells: Cells, expected: tuple[float | None, ...], unit: str | None
) -> None:
    plan = plan_of(VALUES, cells)
    assert (numbers_of(plan.rows[0]), plan.rows[0].measure_unit) == (expected, unit)
    assert bool(plan.problems) == (None in expected)


@pytest.mark.parametrize(
    ("cells", "expected", "message"),
    [
        (("20%", "80%", "0.5"), (20, 80, None), "its Current Value: “0.5” may be 50% or 0.5%, beside percents"),
        (("5%", "1%", "0.07"), (5, 1, None), "its Current Value: “0.07” may be 7% or 0.07%"),
        (("0%", "100%", "1"), (0, 100, None), "its Current Value: “1” may be 100% or 1%"),
        (("0", "1.2M", "0.6"), (0, 1_200_000, None), "its Current Value: “0.6” may be 600000 or 0.6"),
        (("5", "15k", "9000"), (None, 15_000, 9000), "its Start Value: “5” may be 5000 or 5, beside thousands"),
    ],
)
def test_a_number_without_the_sign_of_the_others_may_be_two(
    cells: Cells, expected: tuple[float | None, ...], message: str
) -> None:
    plan = plan_of(VALUES, cells)
    assert numbers_of(plan.rows[0]) == expected
    assert f"line 2 (R1): taken without {message}" in told(plan)[0]


@pytest.mark.parametrize(
    ("cells", "unit", "expected"),
    [
        (("0", "200", "45%"), "", (0, 200, None)),
        (("1,000", "5,000", "45%"), "", (1000, 5000, None)),
        (("0", "50", "45%"), "deals", (0, 50, None)),
        (("0", "50", "45%"), "€", (None, None, None)),
        (("0", "100", "45%"), "", (0, 100, 45)),
        (("20", "80", "45%"), "", (20, 80, 45)),
        (("0", "200", "45%"), "%", (0, 200, 45)),
        (("0", "200", "145%"), "", (0, 200, None)),
        (("0", "200%", "45%"), "", (0, 200, 45)),
    ],
)
def test_percents_beside_a_target_that_is_none_may_be_how_far_it_is(
    cells: Cells, unit: str, expected: tuple[float | None, ...]
) -> None:
    plan = plan_of([*VALUES, "Measure Unit"], [*cells, unit])
    assert numbers_of(plan.rows[0]) == expected
    assert bool(plan.problems) == (None in expected)
    if expected[2] is None and unit != "€":
        assert "its Current Value: “45%” may be how far it is" in told(plan)[0] or "145%" in told(plan)[0]
        assert plan.rows[0].measure_unit == (unit or None)


@pytest.mark.parametrize(
    "cells", [("$0", "$1,000", "€500"), ("2 h", "30 min", ""), ("5%", "3 pp", ""), ("$1.500", "€20", "")]
)
def test_two_units_in_one_key_result_are_reported_and_none_of_its_values_taken(cells: Cells) -> None:
    plan = plan_of(VALUES, cells)
    row = plan.rows[0]
    assert (numbers_of(row), row.measure_unit) == ((None, None, None), None)
    assert "have different units; write all of them in one" in told(plan)[0]
    assert set(row.cells) == {"title"}


@pytest.mark.parametrize(
    ("measure_unit", "cells", "why"),
    [
        ("€", ("0", "$5", ""), "says “€”, and “$5” (Target Value) something else"),
        ("h", ("30 min", "2", ""), "says “h”, and “30 min” (Start Value) something else"),
        ("Mio. €", ("0", "2.5 Mio", ""), "says “Mio. €”, and “2.5 Mio” says it as well"),
        ("months", ("0", "12M", ""), "says “months”, and “12M” says it as well"),
    ],
)
def test_the_column_measure_unit_and_the_numbers_must_agree(measure_unit: str, cells: Cells, why: str) -> None:
    plan = plan_of([*VALUES, "Measure Unit"], [*cells, measure_unit])
    assert (numbers_of(plan.rows[0]), plan.rows[0].measure_unit) == ((None, None, None), measure_unit)
    assert why in told(plan)[0]


def test_a_measure_unit_in_words_of_its_own_stands_and_numbers_are_read() -> None:
    for measure_unit, cells in (
        ("of customers", ("20%", "80%", "50%")),
        ("USD", ("$1", "$2", "")),
        ("%", ("20", "80", "0.5")),
    ):
        plan = plan_of([*VALUES, "Measure Unit"], [*cells, measure_unit])
        assert (plan.problems, plan.rows[0].measure_unit) == ([], measure_unit)


def test_a_measure_unit_that_only_unread_numbers_would_say_is_not_emptied() -> None:
    columns = [*VALUES, "Measure Unit"]
    assert "measure_unit" not in plan_of(columns, ["$5", "€7", "", ""]).rows[0].cells
    assert "measure_unit" not in plan_of(columns, ["5", "$many", "", ""]).rows[0].cells
    assert plan_of(columns, ["5", "7", "", ""]).rows[0].cells["measure_unit"] == ""


def test_a_reading_agrees_with_the_numbers_of_its_key_result() -> None:
    text = "2026-01-01 0.3\n2026-02-01 30%\n2026-03-01 €5\n2026-04-01 40 so"
    plan = plan_of([*VALUES, "Readings"], ["20%", "80%", "", text])
    assert [each.value for each in plan.rows[0].readings] == [30, 40]
    assert [each.partition(" the reading of ")[2].partition(":")[0] for each in told(plan)] == [
        "2026-01-01",
        "2026-03-01",
    ]
    plan = plan_of([*VALUES, "Readings"], ["1", "2", "", "2026-01-01 $5\n2026-02-01 €6"])
    assert [each.value for each in plan.rows[0].readings] == [5]


@pytest.mark.parametrize(
    ("text", "weight", "problem"),
    [
        ("0.5", 0.5, ""),
        ("0,5", 0.5, ""),
        ("50%", 0.5, ""),
        ("50", None, "the weight 50 is not between 0 and 1; write 50%"),
        ("7,000", None, "is not between 0 and 1"),
        ("$1", None, "is not between 0 and 1"),
        ("much", None, "is not a number"),
    ],
)
def test_a_weight_is_a_share(text: str, weight: float | None, problem: str) -> None:
    plan = plan_of(["Parent", "Weight"], ["O", text])
    assert plan.rows[0].parents[0].weight == weight
    assert (problem in told(plan)[0]) if problem else not plan.problems
