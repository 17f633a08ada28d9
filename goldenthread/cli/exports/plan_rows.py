"""The rows of a plan, made from the goals that GraphQL answers."""

from __future__ import annotations

from datetime import UTC, date, datetime

from goldenthread.cli.common.graphql_client import Data
from goldenthread.cli.common.paging import GraphQLReader, complete_list
from goldenthread.cli.exports import export_documents
from goldenthread.cli.exports.unit_names import ExportUnitNames
from goldenthread.contracts import texts
from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus, Sentiment
from goldenthread.contracts.plan import (
    PlanCycle,
    PlanFeedback,
    PlanParent,
    PlanReading,
    PlanRow,
    RowType,
)


def purpose_row(node: Data) -> PlanRow:
    """A title and what stands below it; the whole statement below its title, where these two do not say it exactly."""
    statement = str(node["statement"])
    title, _, rest = statement.partition("\n")
    exact = title == title.strip() and rest == rest.strip() and bool(rest) == (title != statement)
    if texts.wrong(title, line=True) is not None or not exact or texts.headline(rest) == texts.headline(title):
        return PlanRow(node["id"], node["id"], RowType.PURPOSE, texts.headline(statement), statement)
    return PlanRow(node["id"], node["id"], RowType.PURPOSE, title, rest or None)


def why_row(node: Data, units: ExportUnitNames) -> PlanRow:
    statement = None if node["statement"] == node["title"] else node["statement"]
    parents, owners, audience = _parents(node), units.names_of(node["owners"]), units.names_of(node["audience"])
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


def objective_row(node: Data, units: ExportUnitNames) -> PlanRow:
    owners = units.names_of(node["owners"])
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
        invited=units.names_of(node["invited"]),
        draft=node["state"] == "DRAFT",
    )


def key_result_row(graphql: GraphQLReader, node: Data, units: ExportUnitNames) -> PlanRow:
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
        _first(units.names_of(node["owners"])),
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


def plan_cycle(node: Data) -> PlanCycle:
    return PlanCycle(node["name"], date.fromisoformat(node["startsOn"]), date.fromisoformat(node["endsOn"]))


def plan_feedback(node: Data, known: set[str]) -> PlanFeedback:
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
