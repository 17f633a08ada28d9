"""Rows that are not taken, and what an import says where a row says nothing."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanProblem, PlanReading, PlanRow, RowType
from tests.unit.goals.import_harness import ImportHarness
from tests.unit.goals.imports.plans import O1, K, cells, load, rows, told

SELL = PlanRow("O", "line 2", RowType.OBJECTIVE, "Sell")


def notes(harness: ImportHarness, plan: Plan) -> dict[str, list[str]]:
    """By line, what is noted of a row."""
    return {each.line: each.notes for each in rows(harness.imports(plan)) if each.notes}


def test_of_two_rows_of_one_id_the_first_is_taken() -> None:
    again = replace(SELL, line="line 3", title="Sell more")
    other = ImportHarness()
    for _ in range(2):
        decision = other.imports(Plan(PlanFormat.JSON, [SELL, again]))
        assert told(decision) == ["The row id 'O' is there twice; the first one was taken."]
        assert [each.title for each in other.org.objectives.values()] == ["Sell"]


def test_of_a_row_that_is_refused_no_cell_is_reported_or_remembered(harness: ImportHarness) -> None:
    wrong = replace(K, title="Other", readings=[PlanReading(float("nan"), date(2025, 5, 1))])
    decision = load(harness, wrong)
    assert (cells(decision, "K"), harness.row("K").title) == ({}, "Deals")
    assert harness.merge_bases["file"].rows["K"].cells["title"].value == "Deals"
    assert cells(load(harness, replace(wrong, readings=[])), "K") == {"title": O.TAKEN}


def test_what_is_wrong_with_a_row_is_noted_of_that_row_and_what_is_of_none_is_told() -> None:
    harness = ImportHarness()
    blank = replace(SELL, row="B", line="line 3", title=" ")
    lost = replace(SELL, row="L", line="line 4", title="Listen", parents=[PlanParent("X")])
    plan = Plan(PlanFormat.JSON, [SELL, blank, lost], problems=[PlanProblem("sheet 2", "It has no title.")])
    found = notes(harness, plan)
    assert sorted(found) == ["line 3", "line 4"]
    assert "It was not linked to “X”" in found["line 4"][0]
    assert "It has no title." in told(harness.imports(plan))


def test_a_row_without_a_unit_or_a_cycle_has_those_that_the_import_names() -> None:
    harness = ImportHarness()
    unit = harness.do(c.CreateUnit(name="Ops", function=UnitFunction.BUSINESS)).ids[0]
    cycle = harness.do(c.OpenCycle(name="First", starts_on=date(2025, 1, 1), ends_on=date(2025, 3, 31))).ids[0]
    harness.imports(Plan(PlanFormat.JSON, [SELL]), unit=unit, cycle=cycle)
    assert (harness.row("O").owners, harness.row("O").cycle) == ([unit], cycle)


@pytest.mark.parametrize(
    "row",
    [replace(SELL, unit="x" * 501), replace(SELL, co_owners=["x" * 501]), replace(SELL, invited=["x" * 501])],
    ids=["unit", "co-owner", "invited"],
)
def test_a_new_row_that_names_a_unit_that_cannot_be_one_is_not_taken(row: PlanRow) -> None:
    harness = ImportHarness()
    decision = harness.imports(Plan(PlanFormat.JSON, [row, replace(SELL, row="P", line="line 3", title="Ask")]))
    assert [each.title for each in harness.org.objectives.values()] == ["Ask"]
    assert len(told(decision)) == 1


def test_a_known_row_keeps_its_owners_where_a_name_cannot_be_a_unit(harness: ImportHarness) -> None:
    before = harness.row("O").owners
    load(harness, replace(O1, title="Sell more", unit="x" * 501, co_owners=["x" * 501]))
    assert (harness.row("O").title, harness.row("O").owners) == ("Sell more", before)


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_of_key_results_that_measure_each_other_it_is_said_why_none_was_taken(known: bool) -> None:
    harness = ImportHarness()
    if known:
        load(harness, replace(K, row="L", line="line 6", title="Leads"))
    circle = [replace(K, row=id, line=f"line {id}", parents=[PlanParent(other)]) for id, other in ("KL", "LK", "ML")]
    decision = harness.imports(Plan(PlanFormat.JSON, circle))
    assert len(told(decision)) == 3
    found = {each.row: each.notes for each in rows(decision) if each.row in "KLM"}
    assert [len(found[id]) for id in "KLM"] == [1, 1, 1]
    assert all("first parent" in note or "measures an objective or a why" in note for (note,) in found.values())
