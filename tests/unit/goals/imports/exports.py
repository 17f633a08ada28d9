"""Exports of any organization, imported where they came from and elsewhere; and how both are compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from goldenthread import exchange
from goldenthread.cli.exports import plan_reader
from goldenthread.cli.exports.export_command import plan_text
from goldenthread.contracts.commands import ImportPlan, UpdateUnit
from goldenthread.contracts.entities import Id
from goldenthread.contracts.plan import Plan, PlanFormat
from goldenthread.organization.organization import Organization
from services.goals.domain.decision import Decision
from services.goals.domain.imports.import_plan import import_plan
from services.goals.domain.merge_base import MergeBase
from services.goals.imports.source_loading import ImportSource, as_exported
from tests.support.graph_data import graph_data, verdict_data
from tests.support.in_memory_export import InMemoryGraphQL
from tests.unit.goals.company import Company

FORMATS = [PlanFormat.JSON, PlanFormat.STRATML, PlanFormat.OKR_SHEET]


def read_plan(company: Company, format: PlanFormat) -> Plan:
    return replace(plan_reader.read_plan(InMemoryGraphQL(company.org), format).plan, revision=company.head)


def export(company: Company, format: PlanFormat) -> str:
    """The file that `goldenthread export` writes."""
    return plan_text(read_plan(company, format), format)


def home(company: Company, file: str, then: Organization) -> Decision:
    """A file that was exported of `then`, imported into what became of it."""
    plan = exchange.read(file)
    assert plan.revision is not None
    command = ImportPlan(source=f"export at {plan.revision}", content="")
    merge_base = as_exported(ImportSource(command.source or "", MergeBase()), plan, then).merge_base
    return import_plan(company.org.copy(), command, plan, company.context(company.admin), merge_base)


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
