"""What a row states, of which only that is compared and taken: cells that are not there, emptied, or not read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import Direction, ProgressStatus
from goldenthread.contracts.plan import Plan, PlanCycle, PlanFormat, PlanReading, PlanRow, RowType
from services.goals.domain.decision import Decision
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import O1, K, cells, load, quiet, told

Q1 = PlanCycle("Q1 2025", date(2025, 1, 1), date(2025, 3, 31))
UP, DOWN, ABOVE = Direction.INCREASE, Direction.DECREASE, Direction.STAY_ABOVE


def in_cycle(harness: ImportHarness, row: PlanRow) -> Decision:
    return harness.imports(Plan(PlanFormat.JSON, [row], cycles=[Q1]))


def sheet(harness: ImportHarness, **other: Any) -> Decision:
    """A sheet with an objective and its key result."""
    rows = [PlanRow("O", "line 2", RowType.OBJECTIVE, "Sell"), replace(K, **other)]
    return harness.imports(Plan(PlanFormat.OKR_SHEET, rows))


# -- objectives --------------------------------------------------------------------------------------------------------


def test_a_cycle_stays_where_no_cell_says_it_and_goes_with_an_emptied_cell() -> None:
    harness = ImportHarness()
    row = PlanRow("O", "line 2", RowType.OBJECTIVE, "Sell", cycle="Q1 2025")
    in_cycle(harness, row)
    in_cycle(harness, replace(row, cycle=None))
    assert harness.org.cycles[harness.row("O").cycle].name == "Q1 2025"
    days = {"starts_on": "", "ends_on": ""}
    assert cells(in_cycle(harness, replace(row, cycle=None, cells=days)), "O") == {}
    in_cycle(harness, replace(row, cycle=None, cells={"cycle": ""}))
    assert harness.row("O").cycle is None


def test_a_status_is_taken_where_it_is_stated_and_stays_where_it_is_not(harness: ImportHarness) -> None:
    for row, key in ((O1, "O"), (K, "K")):
        load(harness, replace(row, status=ProgressStatus.AT_RISK))
        assert harness.row(key).status is ProgressStatus.AT_RISK
        load(harness, row)
        assert harness.row(key).status is ProgressStatus.AT_RISK
        load(harness, replace(row, cells={"status": ""}))
        assert harness.row(key).status is None


def test_the_lines_of_a_description_are_part_of_it(harness: ImportHarness) -> None:
    for row, key in ((O1, "O"), (K, "K")):
        load(harness, replace(row, description="This\nand that"))
        assert harness.row(key).description == "This\nand that"
        assert quiet(load(harness, replace(row, description="This\r\nand that")))
        assert cells(load(harness, replace(row, description="This and that")), key) == {"description": O.TAKEN}


# -- key results -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"target_value": float("inf")}, "not a finite number"),
        ({"start_value": float("nan")}, "not a finite number"),
        ({"confidence": 1.5}, "between 0 and 1"),
    ],
)
def test_a_row_with_a_number_that_is_none_is_not_taken(
    harness: ImportHarness, other: dict[str, Any], reason: str
) -> None:
    decision = load(harness, replace(K, title="Other", **other))
    assert ([reason in each for each in told(decision)], harness.row("K").title) == ([True], "Deals")


def test_a_confidence_is_taken_and_one_that_is_not_stated_stays(harness: ImportHarness) -> None:
    for row in (replace(K, confidence=0.5), K):
        load(harness, row)
        assert harness.row("K").confidence == 0.5


@pytest.mark.parametrize(
    ("other", "value"),
    [
        ({}, 7),
        ({"current_value": 8}, 8),
        ({"cells": {"current_value": "soon"}}, None),
        ({"cells": {"current_value": "-"}}, 7),
    ],
    ids=["the latest reading", "the value that the row states", "a value that was not read", "an empty value"],
)
def test_the_latest_reading_is_the_value_of_a_row_that_states_none(other: dict[str, Any], value: float | None) -> None:
    harness = ImportHarness()
    readings = [PlanReading(7, date(2025, 2, 1)), PlanReading(5, date(2025, 1, 1))]
    load(harness, replace(K, **{"current_value": None, "readings": readings, **other}), rows=[O1])
    assert harness.merge_bases["file"].rows["K"].cells["current_value"].value == ("" if value is None else f"{value}.0")


@pytest.mark.parametrize(
    ("lines", "on", "outcome"),
    [
        ("2025-01-01: 5\nFeb: 9", date(2025, 2, 1), {}),
        ("2025-01-01: 5\n \n", date(2025, 2, 1), {"current_value": O.CONFLICT}),
        ("2025-01-01: 5\nFeb: 9", date(2025, 1, 1), {"current_value": O.CONFLICT}),
    ],
    ids=["a line that was not read", "every line was read", "nothing later is known"],
)
def test_a_reading_is_not_the_latest_where_a_later_one_may_not_have_been_read(
    lines: str, on: date, outcome: dict[str, O]
) -> None:
    harness = ImportHarness()
    load(harness, replace(K, current_value=None, readings=[PlanReading(4, on)]))
    harness.merge_bases.clear()
    row = replace(K, current_value=None, readings=[PlanReading(5, date(2025, 1, 1))], cells={"readings": lines})
    found = cells(load(harness, row), "K")
    assert {name: each for name, each in found.items() if name == "current_value"} == outcome


# -- units of measure --------------------------------------------------------------------------------------------------


def test_a_unit_of_measure_in_a_cell_is_no_news_when_only_a_number_is() -> None:
    harness = ImportHarness()
    sheet(harness, measure_unit="EUR", cells={"measure_unit": "EUR", "target_value": "100"})
    harness.do(c.UpdateKeyResult(key_result=harness.row("K").id, measure_unit="USD"))
    told_of = sheet(harness, measure_unit="EUR", target_value=90, cells={"measure_unit": "EUR", "target_value": "90"})
    assert cells(told_of, "K") == {"measure_unit": O.LEFT, "target_value": O.TAKEN}


# -- directions --------------------------------------------------------------------------------------------------------


def test_a_stated_direction_counts_whatever_the_numbers_say_and_stays_when_its_column_goes() -> None:
    for format, texts in ((PlanFormat.JSON, {}), (PlanFormat.OKR_SHEET, {"direction": "decrease"})):
        harness = ImportHarness()
        rows = [PlanRow("O", "line 2", RowType.OBJECTIVE, "Sell"), replace(K, direction=DOWN, cells=texts)]
        harness.imports(Plan(format, rows))
        assert harness.row("K").direction is DOWN
        harness.imports(Plan(format, [rows[0], replace(K, target_value=110)]))
        assert (harness.row("K").direction, harness.row("K").target_value) == (DOWN, 110)


def test_a_direction_of_which_a_sheet_has_no_text_was_inferred_and_follows_the_numbers() -> None:
    harness = ImportHarness()
    for start, target, expected in ((0, 100, UP), (100, 0, DOWN), (0, 0, DOWN), (0, 100, UP)):
        texts = {"direction": "-", "start_value": str(start), "target_value": str(target)}
        sheet(harness, direction=expected, start_value=start, target_value=target, cells=texts)
        assert harness.row("K").direction is expected


def test_a_direction_follows_the_numbers_that_are_here_where_the_row_states_one_of_them(harness: ImportHarness) -> None:
    load(harness, replace(K, start_value=None, target_value=-5))
    assert (harness.row("K").start_value, harness.row("K").direction) == (0, DOWN)


@pytest.mark.parametrize(("start", "target"), [(0, 100), (100, 0), (5, 5)])
def test_what_is_to_stay_above_a_number_has_no_other_direction_by_its_numbers(start: float, target: float) -> None:
    harness = ImportHarness()
    load(harness, replace(K, direction=ABOVE))
    harness.merge_bases.clear()
    load(harness, replace(K, start_value=start, target_value=target), conflicts=None)
    assert harness.row("K").direction is ABOVE
