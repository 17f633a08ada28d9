"""An export of any organization: where it came from it changes nothing, and elsewhere it makes the same graph."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from goldenthread.cli.exports import plan_reader
from goldenthread.cli.exports.export_command import plan_text
from goldenthread.contracts.plan import PlanFormat
from goldenthread.exchange.plans import export_losses
from tests.unit.goals.company import companies, evolve
from tests.unit.goals.imports.exports import (
    FORMATS,
    compare,
    elsewhere,
    export,
    has_goals,
    home,
    nothing,
    read_plan,
    same,
)

pytestmark = pytest.mark.slow


_OF_CYCLES = ("No cycle was made for", "Opened as cycles with the days of their rows")
"""Said of a sheet whose objectives have other days than their cycle, which it cannot say, as the export told."""
some = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
"""By hand, thousands were tried; more takes longer than a suite that is run all day may."""


def check_home(draw: Any, format: PlanFormat) -> None:
    company = draw(companies())
    assume(has_goals(company.org))
    then, file = company.org.copy(), export(company, format)
    found = home(company, file, then)
    nothing(found)
    assert found.report is not None
    same((found.report.rows, found.report.left), ([], 0), "rows")
    same([each.message for each in found.warnings], [], "warnings")
    evolve(draw, company, draw(st.integers(0, 5)))
    nothing(home(company, file, then))


def check_elsewhere(draw: Any, format: PlanFormat) -> None:
    """As the same file does in JSON, without what the format is known not to say."""
    company = draw(companies())
    assume(has_goals(company.org))
    plan = read_plan(company, format)
    other, decision = elsewhere(plan_text(plan, format), company)
    assert decision.report is not None
    same(decision.report.skipped, [], "skipped")
    beyond_it = export_losses.loss_notes(plan, format)
    told = [each.message for each in decision.warnings if not (beyond_it and each.message.startswith(_OF_CYCLES))]
    same(told, [], "warnings")
    expected, all_of_it = company, export_losses.without_losses(plan, format) == plan
    if not all_of_it:
        said = export_losses.without_losses(plan_reader.with_cycle_days(plan), format)
        expected, _ = elsewhere(plan_text(replace(said, format=PlanFormat.JSON), PlanFormat.JSON), company)
    compare(expected, other)


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@some
def test_an_export_that_comes_home_changes_nothing_whatever_changed(format: PlanFormat, data: st.DataObject) -> None:
    check_home(data.draw, format)


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@some
def test_an_export_makes_the_same_graph_and_verdicts_elsewhere(format: PlanFormat, data: st.DataObject) -> None:
    check_elsewhere(data.draw, format)
