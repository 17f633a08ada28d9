"""An export says everything an import can make: there and back nothing is lost, and home again nothing changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from goldenthread import exchange
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.enums import LinkState, ProgressStatus, Side, UnitFunction
from goldenthread.contracts.plan import (
    Plan,
    PlanFeedback,
    PlanFormat,
    PlanParent,
    PlanReading,
    PlanRow,
    PlanUnit,
    RowType,
)
from services.goals.domain.imports.import_plan import import_plan
from tests.support.in_memory_export import export_plan, renamed
from tests.support.random_plans import plans, settled
from tests.unit.goals.import_harness import ImportHarness

pytestmark = pytest.mark.slow


def taken(plan: Plan, harness: ImportHarness) -> ImportHarness:
    """`plan` in the organization of an import harness, with nothing to remark on."""
    command = ImportPlan(source="file", content="")
    decision = harness.take(import_plan(harness.org, command, plan, harness.context(harness.admin)))
    assert decision.report is not None
    assert (decision.report.skipped, decision.warnings) == ([], [])
    assert decision.report.taken == len(plan.rows) + len(plan.feedback)
    return harness


@given(plans())
@settings(max_examples=60, deadline=None)
def test_what_is_imported_is_exported_the_same(plan: Plan) -> None:
    harness = taken(plan, ImportHarness())
    assert settled(renamed(export_plan(harness.org), harness.org)) == settled(plan)


@given(plans().filter(lambda plan: bool(plan.rows)))
@settings(max_examples=30, deadline=None)
def test_an_export_that_comes_home_changes_nothing_and_elsewhere_makes_the_same(plan: Plan) -> None:
    harness = taken(plan, ImportHarness())
    there = export_plan(harness.org)
    back = exchange.read(exchange.write(there, PlanFormat.JSON))
    assert back == there
    other = taken(back, ImportHarness())
    assert settled(renamed(export_plan(other.org), other.org)) == settled(there)
    decision = import_plan(harness.org, ImportPlan(source="home", content=""), back, harness.context(harness.admin))
    assert decision.facts == []


def test_the_organization_itself_is_the_root_wherever_it_is_imported() -> None:
    units = [PlanUnit("Elsewhere Ltd", top=True), PlanUnit("Sales", "Elsewhere Ltd", function=UnitFunction.TECHNOLOGY)]
    rows = [
        PlanRow("O", "1", RowType.OBJECTIVE, "Ours", unit="Elsewhere Ltd"),
        PlanRow("S", "2", RowType.OBJECTIVE, "Theirs", unit="Sales"),
    ]
    harness = taken(Plan(PlanFormat.JSON, rows, units), ImportHarness())
    root, sales = (harness.org.units[harness.row(row).owners[0]] for row in "OS")
    assert (root.name, root.parent) == ("Example", None)
    assert (sales.name, sales.parent, sales.function) == ("Sales", root.id, UnitFunction.TECHNOLOGY)


def test_a_proposal_is_made_anew_and_what_is_out_of_date_stays_so() -> None:
    rows = [
        PlanRow("W", "1", RowType.WHY, "Grow"),
        PlanRow("O", "2", RowType.OBJECTIVE, "Sell", parents=[PlanParent("W", "it grows us", proposed=True)]),
        PlanRow("S", "3", RowType.OBJECTIVE, "Ship", parents=[PlanParent("W", "it did once", stale=True)]),
    ]
    harness = taken(Plan(PlanFormat.JSON, rows), ImportHarness())
    (proposed,) = harness.org.parents(harness.row("O").id, LinkState.PROPOSED)
    assert (proposed.turn, proposed.round, proposed.decided_by) == (Side.PARENT, 1, None)
    assert proposed.due_at is not None
    (stale,) = harness.org.parents(harness.row("S").id)
    assert (stale.because, harness.org.explained(stale)) == ("it did once", False)


def test_a_reading_whose_time_is_on_another_day_costs_the_row() -> None:
    at = datetime(2026, 1, 2, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    reading = PlanReading(1, date(2026, 1, 2), at=at)
    rows = [
        PlanRow("W", "1", RowType.WHY, "Grow"),
        PlanRow("K", "2", RowType.KEY_RESULT, "Deals", parents=[PlanParent("W")], readings=[reading]),
    ]
    harness = ImportHarness()
    command = ImportPlan(source="file", content="")
    decision = import_plan(harness.org, command, Plan(PlanFormat.JSON, rows), harness.context(harness.admin))
    assert decision.report is not None
    (problem,) = decision.report.skipped
    assert "is not on 2026-01-02 in UTC" in problem.message


def test_a_reading_that_the_file_says_more_of_later_is_changed_and_one_it_says_less_of_is_not() -> None:
    said = PlanReading(1, date(2026, 1, 2), "so")
    rows = [PlanRow("W", "1", RowType.WHY, "Grow"), PlanRow("K", "2", RowType.KEY_RESULT, "Deals")]
    harness = ImportHarness()
    more = replace(said, confidence=0.5, status=ProgressStatus.AT_RISK)
    for reading, facts in ((said, 5), (more, 2), (more, 0), (said, 0)):  # The import itself is one.
        plan = Plan(PlanFormat.JSON, [rows[0], replace(rows[1], parents=[PlanParent("W")], readings=[reading])])
        command = ImportPlan(source="file", content="")
        decision = harness.take(import_plan(harness.org, command, plan, harness.context(harness.admin)))
        assert len(decision.facts) == facts
    (kept,) = harness.org.check_ins.values()
    assert (kept.confidence, kept.status, kept.note) == (0.5, ProgressStatus.AT_RISK, "so")


def test_what_customers_said_is_recorded_once_and_linked_to_more_later() -> None:
    said = PlanFeedback("Shop", "Good", datetime(2024, 1, 1, tzinfo=UTC))
    rows = [PlanRow("W", "1", RowType.WHY, "Grow")]
    plan = Plan(PlanFormat.JSON, rows, feedback=[said])
    harness = taken(plan, ImportHarness())
    taken(replace(plan, feedback=[replace(said, about=["W"])]), harness)
    (kept,) = harness.org.feedback.values()
    assert kept.about == [harness.row("W").id]
    future = replace(said, body="Bad", received_at=datetime(2099, 1, 1, tzinfo=UTC), about=["X"])
    command = ImportPlan(source="file", content="")
    decision = import_plan(harness.org, command, replace(plan, feedback=[future]), harness.context(harness.admin))
    assert decision.report is not None
    assert [problem.message for problem in decision.report.skipped] == [
        "It was not linked to 'X', which was not taken.",
        "This time has not come yet; name when it was received.",
    ]


def test_customers_who_say_the_same_at_the_same_time_are_not_one() -> None:
    said = PlanFeedback("Survey", "Too slow", datetime(2024, 1, 1, tzinfo=UTC), "Retail")
    rows = [PlanRow("W", "1", RowType.WHY, "Grow"), PlanRow("O", "2", RowType.OBJECTIVE, "Sell")]
    everybody = [replace(said, about=["O"]), said, said, replace(said, segment="Trade", about=["W"])]
    plan = Plan(PlanFormat.JSON, rows, feedback=everybody)
    harness = taken(plan, ImportHarness())
    assert len(harness.org.feedback) == 4
    command = ImportPlan(source="file", content="")
    again = import_plan(harness.org, command, replace(plan, feedback=everybody[::-1]), harness.context(harness.admin))
    assert again.facts == [], "in whatever order they come home"
    more = taken(replace(plan, feedback=[*everybody, said]), harness)
    assert len(more.org.feedback) == 5


def test_more_units_than_a_node_may_name_cost_the_row() -> None:
    many = [f"Unit {number}" for number in range(1_001)]
    rows = [
        PlanRow("W", "1", RowType.WHY, "Grow", audience=many),
        PlanRow("O", "2", RowType.OBJECTIVE, "Sell", co_owners=many),
        PlanRow("S", "3", RowType.OBJECTIVE, "Ship", invited=many),
    ]
    harness, command = ImportHarness(), ImportPlan(source="file", content="")
    decision = import_plan(harness.org, command, Plan(PlanFormat.JSON, rows), harness.context(harness.admin))
    assert decision.report is not None
    assert [(each.row, "send at most 1000" in each.message) for each in decision.report.skipped] == [
        ("1", True),
        ("2", True),
        ("3", True),
    ]
