"""A plan of everything under way, asked for over GraphQL: how things stand, without people and without history."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.one_revision import read_at_one_revision
from goldenthread.cli.common.paging import GraphQLReader, every_node, every_page, nodes_by_ids
from goldenthread.cli.exports import export_documents
from goldenthread.cli.exports.plan_rows import (
    key_result_row,
    objective_row,
    plan_cycle,
    plan_feedback,
    purpose_row,
    why_row,
)
from goldenthread.cli.exports.unit_names import ExportUnitNames
from goldenthread.contracts.plan import (
    Plan,
    PlanCycle,
    PlanFormat,
    PlanRow,
)

_GOALS_AT_ONCE, _KEY_RESULTS_AT_ONCE = 150, 60
"""How many one request asks for: a goal has about forty fields, a key result with its check-ins two hundred."""


class ExportedPlan(NamedTuple):
    """A plan, how many links lead to goals that have ended and are not in it, and the revisions that it shows."""

    plan: Plan
    left_out: int
    revisions: list[int]


def read_plan(graphql: GraphQLReader, format: PlanFormat) -> ExportedPlan:
    """The plan of everything under way, at one revision unless there are changes all the time; then it says the first.

    What was changed after that revision and is in the plan already is then no change of who edits it, but a conflict.
    """
    (plan, left_out), revisions = read_at_one_revision(graphql, lambda asked: _read(asked, format))
    return ExportedPlan(replace(plan, revision=min(revisions, default=None)), left_out, revisions)


def _read(graphql: GraphQLReader, format: PlanFormat) -> tuple[Plan, int]:
    top = every_page(graphql, export_documents.EXPORT_UNITS, "units")
    units = ExportUnitNames(top["units"]["nodes"])
    whys = _goals(graphql, export_documents.EXPORT_WHYS, "whys")
    objectives = _goals(graphql, export_documents.EXPORT_OBJECTIVES, "objectives")
    results = [result["id"] for node in (*whys, *objectives) for result in node["keyResults"]]
    purpose = top["purpose"]
    rows = [purpose_row(purpose)] if purpose and purpose["state"] == "PUBLISHED" else []
    rows += [why_row(why, units) for why in whys]
    rows += [objective_row(objective, units) for objective in objectives]
    rows += [key_result_row(graphql, result, units) for result in _key_results(graphql, results)]
    rows, left_out = _closed(rows)
    known = {row.row for row in rows}
    plan = Plan(
        format,
        rows,
        units.plan_units(),
        name=top["organization"]["name"],
        cycles=[plan_cycle(each) for each in every_node(graphql, export_documents.EXPORT_CYCLES, "cycles")][::-1],
        feedback=[
            plan_feedback(each, known) for each in every_node(graphql, export_documents.EXPORT_FEEDBACK, "feedback")
        ][::-1],
    )
    return plan, left_out


def with_cycle_days(plan: Plan) -> Plan:
    """`plan` for a format that knows no cycles: objectives without days of their own have those of their cycle."""
    cycles = {each.name: each for each in plan.cycles}
    rows = [_within(row, found) if (found := cycles.get(row.cycle or "")) else row for row in plan.rows]
    return replace(plan, rows=rows)


def _within(row: PlanRow, cycle: PlanCycle) -> PlanRow:
    """The row with both of its days; as it is where one of its own is beyond its cycle."""
    starts_on, ends_on = row.starts_on or cycle.starts_on, row.ends_on or cycle.ends_on
    return replace(row, starts_on=starts_on, ends_on=ends_on) if starts_on <= ends_on else row


def _goals(graphql: GraphQLReader, document: str, path: str) -> list[Data]:
    """The goals of a list of ids."""
    ids = [node["id"] for node in every_node(graphql, document, path)]
    return list(nodes_by_ids(graphql, export_documents.EXPORT_GOALS, ids, _GOALS_AT_ONCE))


def _key_results(graphql: GraphQLReader, ids: list[str]) -> list[Data]:
    return list(nodes_by_ids(graphql, export_documents.EXPORT_KEY_RESULTS, ids, _KEY_RESULTS_AT_ONCE))


def _closed(rows: list[PlanRow]) -> tuple[list[PlanRow], int]:
    """The rows without links that lead out of the plan, and how many those were."""
    known = {row.row for row in rows}
    kept = [[parent for parent in row.parents if parent.row in known] for row in rows]
    left_out = sum(len(row.parents) - len(parents) for row, parents in zip(rows, kept, strict=True))
    rows = [replace(row, parents=parents) for row, parents in zip(rows, kept, strict=True)]
    return [replace(row, because=None) if _is_mirrored(row) else row for row in rows], left_out


def _is_mirrored(row: PlanRow) -> bool:
    """Whether the because of a why is that of its first link."""
    return bool(row.parents) and row.because == row.parents[0].because
