"""A plan as StratML: valid by the standard's own schema, read by others as far as it goes, read back without loss."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from hypothesis import given, settings
from msgspec.structs import replace

from goldenthread import exchange
from goldenthread.contracts.enums import LinkKind, ProgressStatus, UnitFunction
from goldenthread.contracts.plan import (
    Plan,
    PlanCycle,
    PlanFormat,
    PlanParent,
    PlanReading,
    PlanRow,
    PlanUnit,
    RowType,
)
from tests.support.random_plans import plans
from tests.unit.exchange import any_plans

SCHEMA = Path(__file__).resolve().parents[5] / "shared" / "data" / "stratml" / "PerformancePlanOrReport20160216.xsd"
with_schema = pytest.mark.skipif(not SCHEMA.is_file(), reason="no folder shared/data beside the checkout")


@cache
def schema() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(SCHEMA)


def without_lines(plan: Plan) -> Plan:
    return replace(plan, format=PlanFormat.STRATML, rows=[replace(row, line="") for row in plan.rows])


def again(plan: Plan) -> Plan:
    return exchange.read(exchange.write(plan, PlanFormat.STRATML))


WHY = PlanRow("why_1", "", RowType.WHY, "Grow", parents=[PlanParent("purpose_1")], unit="Board")
SELL = PlanRow("objective_1", "", RowType.OBJECTIVE, "Sell more", parents=[PlanParent("why_1")], unit="Sales")
DEALS = PlanRow(
    "keyresult_1",
    "",
    RowType.KEY_RESULT,
    "Deals",
    parents=[PlanParent("objective_1"), PlanParent("why_1", "they pay for growth", LinkKind.SUPPORTS)],
    unit="Sales",
    target_value=10,
    current_value=4,
    measure_unit="deals",
    readings=[PlanReading(3, date(2026, 1, 5)), PlanReading(4, date(2026, 2, 5), "At last")],
)
PLAIN = Plan(
    PlanFormat.STRATML,
    [PlanRow("purpose_1", "", RowType.PURPOSE, "Be useful", unit="Example"), WHY, SELL, DEALS],
    [PlanUnit("Example"), PlanUnit("Board", "Example"), PlanUnit("Sales", "Example")],
    name="Example",
)


@pytest.mark.slow
@given(plans().filter(lambda plan: bool(plan.rows)))
@settings(max_examples=100, deadline=None)
def test_what_an_organization_exports_reads_back_the_same(plan: Plan) -> None:
    assert without_lines(again(plan)) == without_lines(plan)


@pytest.mark.slow
@with_schema
@given(plans())
@settings(max_examples=60, deadline=None)
def test_what_an_organization_exports_is_valid(plan: Plan) -> None:
    schema().validate(exchange.write(plan, PlanFormat.STRATML))


@pytest.mark.slow
@given(any_plans.plans())
@settings(deadline=None)
def test_any_plan_keeps_every_row(plan: Plan) -> None:
    found = without_lines(again(plan))
    assert {row.row: row for row in found.rows} == {row.row: row for row in plan.rows}
    assert (found.units, found.name, found.problems) == (plan.units, plan.name, [])


@pytest.mark.slow
@with_schema
@given(any_plans.plans())
@settings(max_examples=40, deadline=None)
def test_any_plan_is_valid(plan: Plan) -> None:
    schema().validate(exchange.write(plan, PlanFormat.STRATML))


def test_what_the_standard_can_say_is_said_in_its_elements_alone() -> None:
    text = exchange.write(PLAIN, PlanFormat.STRATML)
    assert without_lines(exchange.read(text)) == PLAIN
    assert text.count("golden-thread: ") == text.count("golden-thread: {") == 1, "of the root only"
    assert '<Relationship RelationshipType="Narrower_Than">' in text
    assert "<ReferentIdentifier>why_1</ReferentIdentifier>" in text
    assert "<MeasurementDimension>Deals</MeasurementDimension>" in text


def test_a_name_that_is_changed_by_hand_counts() -> None:
    plan = replace(PLAIN, rows=[*PLAIN.rows[:2], replace(SELL, status=ProgressStatus.AT_RISK, draft=True), DEALS])
    text = exchange.write(plan, PlanFormat.STRATML)
    changed = exchange.read(text.replace("<Name>Sell more</Name>", "<Name>Sell much more</Name>"))
    assert (changed.rows[2].title, changed.rows[2].draft) == ("Sell much more", True)


def test_what_is_noted_is_said_to_people_too() -> None:
    parent = PlanParent("why_1", "growth\nneeds sales", LinkKind.CONTRIBUTES, 0.5, "we hire", stale=True)
    sell = replace(SELL, parents=[parent], cycle="Q1", co_owners=["Board"], ends_on=date(2026, 3, 31))
    plan = replace(
        PLAIN, rows=[*PLAIN.rows[:2], sell, DEALS], cycles=[PlanCycle("Q1", date(2026, 1, 1), date(2026, 3, 31))]
    )
    text = exchange.write(plan, PlanFormat.STRATML)
    for words in ("Serves “Grow” because: growth needs sales", "In return: we hire", "Cycle: Q1", "to 2026-03-31"):
        assert words in text
    assert without_lines(exchange.read(text)) == plan


def test_a_measure_of_a_goal_and_an_objective_under_none_have_a_place() -> None:
    loose = PlanRow("objective_2", "", RowType.OBJECTIVE, "On its own", unit="Sales")
    of_goal = replace(DEALS, row="keyresult_2", parents=[PlanParent("why_1")])
    below = replace(SELL, row="objective_3", title="Call", parents=[PlanParent("keyresult_1", "calls sell")])
    plan = replace(PLAIN, rows=[*PLAIN.rows, loose, of_goal, below])
    assert without_lines(again(plan)) == plan


def test_a_plan_without_whys_or_anything_is_still_a_document() -> None:
    only = Plan(PlanFormat.STRATML, [PlanRow("p", "", RowType.PURPOSE, "Be useful")])
    assert without_lines(again(only)) == only
    assert "<Goal>" in exchange.write(replace(only, rows=[]), PlanFormat.STRATML)


def test_units_keep_their_place_and_kind() -> None:
    units = [
        PlanUnit("Example", top=True, function=UnitFunction.EXECUTIVE),
        PlanUnit("Sales", "Example", key="Example / Sales"),
    ]
    assert again(replace(PLAIN, units=units)).units == units


@pytest.mark.parametrize(
    "notes",
    [
        "{",
        "[]",
        '{"title": 1}',
        '{"row": null}',
        '{"parents": [{"row": 5}]}',
        '{"title": "a\\u0000"}',
        '{"title": "\\ud800"}',
    ],
)
def test_notes_that_make_no_sense_are_a_problem_and_the_row_stays(notes: str) -> None:
    text = exchange.write(PLAIN, PlanFormat.STRATML)
    broken = text.replace(
        "<SequenceIndicator>3</SequenceIndicator>",
        f"<SequenceIndicator>3</SequenceIndicator><OtherInformation>golden-thread: {notes}</OtherInformation>",
    )
    plan = exchange.read(broken)
    assert [(row.row, row.title) for row in plan.rows] == [(row.row, row.title) for row in PLAIN.rows]
    (problem,) = plan.problems
    assert problem.message.startswith("taken without its notes")


@pytest.mark.parametrize("notes", ['{"units": 5}', '{"rows": [{}]}', '{"purpose": 3, "units": [1]}', "nonsense"])
def test_notes_of_the_whole_that_make_no_sense_are_a_problem_too(notes: str) -> None:
    text = exchange.write(PLAIN, PlanFormat.STRATML)
    at = text.index("golden-thread: ")
    plan = exchange.read(text[:at] + f"golden-thread: {notes}" + text[text.index("</OtherInformation>") :])
    assert [row.title for row in plan.rows] == [row.title for row in PLAIN.rows]
    assert any(problem.message.startswith("taken without its notes") for problem in plan.problems)


def _elements(text: str) -> dict[str, Any]:
    found = schema().to_dict(text)
    assert isinstance(found, dict)
    return found


@with_schema
def test_another_program_finds_goals_objectives_owners_and_results() -> None:
    core = _elements(exchange.write(PLAIN, PlanFormat.STRATML))["StrategicPlanCore"]
    assert core["Mission"]["Description"] == "Be useful"
    (goal,) = core["Goal"]
    (objective,) = goal["Objective"]
    (indicator,) = objective["PerformanceIndicator"]
    assert (goal["Name"], objective["Name"], indicator["MeasurementDimension"]) == ("Grow", "Sell more", "Deals")
    assert objective["Stakeholder"][0]["Name"] == "Sales"
    results = [each for each in indicator["MeasurementInstance"] if "ActualResult" in each]
    assert [float(each["ActualResult"][0]["NumberOfUnits"]) for each in results] == [3, 4]
