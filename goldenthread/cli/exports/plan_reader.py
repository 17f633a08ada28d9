"""A plan of everything under way, asked for over GraphQL: how things stand, without people and without history."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import NamedTuple

from msgspec.structs import replace

from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.one_revision import read_at_one_revision
from goldenthread.cli.common.paging import GraphQLReader, complete_list, every_node, every_page, nodes_by_ids
from goldenthread.cli.exports import export_documents
from goldenthread.contracts import texts
from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus, Sentiment, UnitFunction
from goldenthread.contracts.plan import (
    Plan,
    PlanCycle,
    PlanFeedback,
    PlanFormat,
    PlanParent,
    PlanReading,
    PlanRow,
    PlanUnit,
    RowType,
)
from goldenthread.contracts.texts import folded

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
    units = _Units(top["units"]["nodes"])
    whys = _goals(graphql, export_documents.EXPORT_WHYS, "whys")
    objectives = _goals(graphql, export_documents.EXPORT_OBJECTIVES, "objectives")
    results = [result["id"] for node in (*whys, *objectives) for result in node["keyResults"]]
    purpose = top["purpose"]
    rows = [_purpose(purpose)] if purpose and purpose["state"] == "PUBLISHED" else []
    rows += [_why(why, units) for why in whys]
    rows += [_objective(objective, units) for objective in objectives]
    rows += [_key_result(graphql, result, units) for result in _key_results(graphql, results)]
    rows, left_out = _closed(rows)
    known = {row.row for row in rows}
    plan = Plan(
        format,
        rows,
        units.stated(),
        name=top["organization"]["name"],
        cycles=[_cycle(each) for each in every_node(graphql, export_documents.EXPORT_CYCLES, "cycles")][::-1],
        feedback=[_feedback(each, known) for each in every_node(graphql, export_documents.EXPORT_FEEDBACK, "feedback")][
            ::-1
        ],
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


class _Units:
    """How the plan calls each unit: by its name, or by the way to it where its name is not the only one."""

    def __init__(self, units: list[Data]) -> None:
        self._units = {unit["id"]: unit for unit in units}
        self._names = Counter(folded(unit["name"]) for unit in units)
        ways = {id: self._way(id) for id in self._units}
        self._ways = Counter(map(folded, ways.values()))
        self._called = {id: self._call(id, way) for id, way in ways.items()}

    def called(self, nodes: list[Data]) -> list[str]:
        """What the plan calls these; closed units are not in it."""
        return [self._called[each["id"]] for each in nodes if each["id"] in self._called]

    def stated(self) -> list[PlanUnit]:
        """Every unit, with the one it is below."""
        return [self._stated(id) for id in self._units]

    def _stated(self, id: str) -> PlanUnit:
        unit, called = self._units[id], self._called[id]
        above = unit["parent"] and self._called.get(unit["parent"]["id"])
        key = called if called != unit["name"] else None
        return PlanUnit(unit["name"], above, None, key, UnitFunction(unit["function"]), top=unit["parent"] is None)

    def _call(self, id: str, way: str) -> str:
        name = str(self._units[id]["name"])
        if self._names[folded(name)] == 1:
            return name
        alone = folded(way) not in self._names and self._ways[folded(way)] == 1
        return way if alone else f"{way} ({id})"

    def _way(self, id: str) -> str:
        way, at = [str(self._units[id]["name"])], self._units[id]["parent"]
        while at and at["id"] in self._units:
            way.append(self._units[at["id"]]["name"])
            at = self._units[at["id"]]["parent"]
        return " / ".join(reversed(way))


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


def _purpose(node: Data) -> PlanRow:
    """A title and what stands below it; the whole statement below its title, where these two do not say it exactly."""
    statement = str(node["statement"])
    title, _, rest = statement.partition("\n")
    exact = title == title.strip() and rest == rest.strip() and bool(rest) == (title != statement)
    if texts.wrong(title, line=True) is not None or not exact or texts.headline(rest) == texts.headline(title):
        return PlanRow(node["id"], node["id"], RowType.PURPOSE, texts.headline(statement), statement)
    return PlanRow(node["id"], node["id"], RowType.PURPOSE, title, rest or None)


def _why(node: Data, units: _Units) -> PlanRow:
    statement = None if node["statement"] == node["title"] else node["statement"]
    parents, owners, audience = _parents(node), units.called(node["owners"]), units.called(node["audience"])
    return PlanRow(
        node["id"],
        node["id"],
        RowType.WHY,
        node["title"],
        statement,
        parents,
        _first(owners),
        because=node["because"],
        audience=audience if audience != owners else [],
    )


def _objective(node: Data, units: _Units) -> PlanRow:
    owners = units.called(node["owners"])
    return PlanRow(
        node["id"],
        node["id"],
        RowType.OBJECTIVE,
        node["title"],
        node["description"],
        _parents(node),
        _first(owners),
        cycle=node["cycle"]["name"] if node["cycle"] else None,
        starts_on=_day(node["startsOn"]),
        ends_on=_day(node["endsOn"]),
        status=_status(node),
        co_owners=owners[1:],
        invited=units.called(node["invited"]),
        draft=node["state"] == "DRAFT",
    )


def _key_result(graphql: GraphQLReader, node: Data, units: _Units) -> PlanRow:
    measures = node["measures"]["id"]
    further = [parent for parent in _parents(node) if parent.row != measures]
    begun = node["checkIns"]
    check_ins = complete_list(graphql, export_documents.EXPORT_CHECK_INS, "node.checkIns", node["id"], begun)
    readings = (_reading(each) for each in reversed(check_ins))
    return PlanRow(
        node["id"],
        node["id"],
        RowType.KEY_RESULT,
        node["title"],
        node["description"],
        [PlanParent(measures), *further],
        _first(units.called(node["owners"])),
        start_value=node["startValue"],
        target_value=node["targetValue"],
        current_value=node["currentValue"],
        measure_unit=node["measureUnit"],
        direction=Direction(node["direction"]),
        status=_status(node),
        readings=sorted(readings, key=lambda each: each.on),
        confidence=node["confidence"],
    )


def _reading(check_in: Data) -> PlanReading:
    """A reading at midnight is one of its day: that is how readings without a time of day are kept."""
    at = datetime.fromisoformat(check_in["at"]).astimezone(UTC)
    moment = at if at.time() != at.time().min else None
    confidence = check_in["confidence"]
    return PlanReading(check_in["value"], at.date(), check_in["note"], moment, confidence, _status(check_in))


def _parents(node: Data) -> list[PlanParent]:
    return [_parent(link) for link in node["parents"]]


def _parent(link: Data) -> PlanParent:
    """A link as the plan states it; terms that are still talked about are proposed."""
    accepted = link["state"] == "ACCEPTED"
    return PlanParent(
        link["parent"]["id"],
        link["because"],
        LinkKind(link["kind"]),
        link["weight"],
        link["inReturn"],
        stale=accepted and link["because"] is not None and not link["explained"],
        proposed=not accepted,
    )


def _cycle(node: Data) -> PlanCycle:
    return PlanCycle(node["name"], date.fromisoformat(node["startsOn"]), date.fromisoformat(node["endsOn"]))


def _feedback(node: Data, known: set[str]) -> PlanFeedback:
    return PlanFeedback(
        node["source"],
        node["body"],
        datetime.fromisoformat(node["receivedAt"]),
        node["segment"],
        Sentiment(node["sentiment"]) if node["sentiment"] else None,
        [goal["id"] for goal in node["about"] if goal["id"] in known],
    )


def _first(names: list[str]) -> str | None:
    return names[0] if names else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _status(node: Data) -> ProgressStatus | None:
    return ProgressStatus(node["status"]) if node["status"] else None
