"""An export says everything an import can make: there and back nothing is lost, and home again nothing changes."""

from __future__ import annotations

from hypothesis import given, settings

from goldenthread import exchange
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.plan import Plan, PlanFormat
from services.goals.domain.imports import import_plan
from tests.support.exported import exported, renamed
from tests.support.random_plans import plans, settled
from tests.unit.goals.desk import Desk


def taken(plan: Plan, desk: Desk) -> Desk:
    """`plan` in the organisation of a desk, with nothing to remark on."""
    command = ImportPlan(source="file", content="")
    decision = desk.take(import_plan(desk.org, command, plan, desk.context(desk.admin)))
    assert decision.report is not None
    assert (decision.report.skipped, decision.warnings) == ([], [])
    assert decision.report.taken == len(plan.rows) + len(plan.feedback)
    return desk


@given(plans())
@settings(max_examples=60, deadline=None)
def test_what_is_imported_is_exported_the_same(plan: Plan) -> None:
    desk = taken(plan, Desk())
    assert settled(renamed(exported(desk.org), desk.org)) == settled(plan)


@given(plans().filter(lambda plan: bool(plan.rows)))
@settings(max_examples=30, deadline=None)
def test_an_export_that_comes_home_changes_nothing_and_elsewhere_makes_the_same(plan: Plan) -> None:
    desk = taken(plan, Desk())
    there = exported(desk.org)
    back = exchange.read(exchange.write(there, PlanFormat.JSON))
    assert back == there
    other = taken(back, Desk())
    assert settled(renamed(exported(other.org), other.org)) == settled(there)
    decision = import_plan(desk.org, ImportPlan(source="home", content=""), back, desk.context(desk.admin))
    assert decision.facts == []
