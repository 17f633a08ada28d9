"""An export of any organization: where it came from it changes nothing, and elsewhere it makes the same graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from goldenthread import exchange
from goldenthread.cli.exports import plan_reader
from goldenthread.cli.exports.export_command import text_of
from goldenthread.contracts.commands import ImportPlan, UpdateUnit
from goldenthread.contracts.entities import Id
from goldenthread.contracts.plan import Plan, PlanFormat
from goldenthread.exchange import beyond
from goldenthread.organization.organization import Organization
from services.goals.domain.case import Decision
from services.goals.domain.import_memory import ImportMemory
from services.goals.domain.imports import import_plan
from services.goals.imports.source_loading import Source, as_exported
from tests.support.exported import InMemory
from tests.support.graph_data import graph_data, verdict_data
from tests.unit.goals.company import Company, companies, evolve

FORMATS = [PlanFormat.JSON, PlanFormat.STRATML, PlanFormat.OKR_SHEET]
_OF_CYCLES = ("No cycle was made for", "Opened as cycles with the days of their rows")
"""Said of a sheet whose objectives have other days than their cycle, which it cannot say, as the export told."""
some = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
"""By hand, thousands were tried; more takes longer than a suite that is run all day may."""


def read_plan(company: Company, format: PlanFormat) -> Plan:
    return replace(plan_reader.read(InMemory(company.org), format).plan, revision=company.head)


def export(company: Company, format: PlanFormat) -> str:
    """The file that `goldenthread export` writes."""
    return text_of(read_plan(company, format), format)


def home(company: Company, file: str, then: Organization) -> Decision:
    """A file that was exported of `then`, imported into what became of it."""
    plan = exchange.read(file)
    assert plan.revision is not None
    command = ImportPlan(source=f"export at {plan.revision}", content="")
    memory = as_exported(Source(command.source or "", ImportMemory()), plan, then).memory
    return import_plan(company.org.copy(), command, plan, company.context(company.admin), memory)


def elsewhere(file: str, company: Company) -> tuple[Company, Decision]:
    """An empty organization with the file imported, at the time that it is in `company`."""
    other, plan = Company(), exchange.read(file)
    other.now = company.now
    root = next(each for each in company.org.units.values() if each.parent is None)
    other.do(UpdateUnit(unit=next(iter(other.org.units)), name=root.name))
    return other, other.imports(plan)


def called(org: Organization) -> Callable[[Id], str]:
    """By what an import from `file` calls its goals; others by their id."""

    def find(id: Id) -> str:
        node = org.node(id)
        source, _, row = (getattr(node, "source_key", None) or "").partition("/")
        return row if source == "file" else id

    return find


def same(found: Any, expected: Any, where: str = "") -> None:
    """Raises AssertionError with the first place that differs."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in dict.fromkeys([*expected, *found]):
            same(found.get(key, "(not there)"), expected.get(key, "(not there)"), f"{where}.{key}")
    else:
        assert found == expected, f"{where}: {found!r}, expected {expected!r}"


def nothing(decision: Decision) -> None:
    """An import that changed nothing and has nothing to remark on."""
    assert decision.report is not None
    same([fact.payload for fact in decision.facts], [], "facts")
    same(decision.report.skipped, [], "skipped")
    same(decision.report.conflicts, 0, "conflicts")


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
    other, decision = elsewhere(text_of(plan, format), company)
    assert decision.report is not None
    same(decision.report.skipped, [], "skipped")
    beyond_it = beyond.remarks(plan, format)
    told = [each.message for each in decision.warnings if not (beyond_it and each.message.startswith(_OF_CYCLES))]
    same(told, [], "warnings")
    expected, all_of_it = company, beyond.as_said(plan, format) == plan
    if not all_of_it:
        said = beyond.as_said(plan_reader.dated(plan), format)
        expected, _ = elsewhere(text_of(replace(said, format=PlanFormat.JSON), PlanFormat.JSON), company)
    compare(expected, other)


def compare(expected: Company, other: Company) -> None:
    """Both have the same graph, and the same verdicts on it."""
    there, here = called(expected.org), called(other.org)
    mine = graph_data(expected.org, there)
    same(graph_data(other.org, here), mine)
    first = {there(each.id): each.id for each in expected.org.entities()}
    twins = {here(each.id): each.id for each in other.org.entities()}
    for id in mine["nodes"]:
        verdict = verdict_data(expected.graph.verdict(first[id]), expected.org, there)
        same(verdict_data(other.graph.verdict(twins[id]), other.org, here), verdict, f"verdict on {id}")


def has_goals(org: Organization) -> bool:
    nodes = [*org.whys, *org.objectives, *org.key_results, *([org.purpose.id] if org.purpose else [])]
    return any(map(org.under_way, nodes))


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
