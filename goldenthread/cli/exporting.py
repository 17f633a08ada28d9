"""`goldenthread export`: the goals under way as a plan that `goldenthread import` reads back, over GraphQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from msgspec.structs import replace
from rich.text import Text

from goldenthread import exchange
from goldenthread.cli import documents, output
from goldenthread.cli.connect import HERE, DataDir, Token, Url, connect
from goldenthread.cli.graphql import Data, GraphQL
from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus
from goldenthread.contracts.plan import Plan, PlanFormat, PlanParent, PlanReading, PlanRow, PlanUnit, RowType


class Format(StrEnum):
    """What can be written."""

    JSON = "json"
    SHEET = "sheet"


_FORMATS = {Format.JSON: PlanFormat.JSON, Format.SHEET: PlanFormat.OKR_SHEET}


def export(
    format: Annotated[
        Format, typer.Option(help="JSON keeps everything; a sheet opens in a spreadsheet.")
    ] = Format.JSON,
    data_dir: DataDir = HERE,
    url: Url = None,
    token: Token = None,
) -> None:
    """Print purpose, whys, objectives and key results under way, with their accepted links, as a plan."""
    with connect(data_dir, url, token) as graphql:
        plan, remarks = read(graphql, _FORMATS[format])
    print(exchange.write(plan, _FORMATS[format]), end="" if format is Format.SHEET else "\n")
    for remark in remarks:
        output.stderr().print(Text(remark), soft_wrap=True)


def read(graphql: GraphQL, format: PlanFormat) -> tuple[Plan, list[str]]:
    """The plan of everything under way, and what it cannot say."""
    tops = list(_pages(graphql, documents.EXPORT_UNITS, "units"))
    units = [unit for page in tops for unit in page["units"]["nodes"]]
    whys = [why for page in _pages(graphql, documents.EXPORT_WHYS, "whys") for why in page["whys"]["nodes"]]
    pages = _pages(graphql, documents.EXPORT_OBJECTIVES, "objectives")
    objectives = [objective for page in pages for objective in page["objectives"]["nodes"]]
    purpose = tops[0]["purpose"]
    rows = [_purpose(purpose)] if purpose and purpose["state"] == "PUBLISHED" else []
    rows += [_why(why) for why in whys]
    rows += [_objective(objective) for objective in objectives]
    rows += [_key_result(graphql, result) for node in (*whys, *objectives) for result in node["keyResults"]]
    rows, left_out = _closed(rows)
    drafts = sum(objective["state"] == "DRAFT" for objective in objectives)
    below = [PlanUnit(unit["name"], unit["parent"]["name"]) for unit in units if unit["parent"]]
    return Plan(format, rows, below, name=tops[0]["organization"]["name"]), _remarks(left_out, drafts)


def _remarks(left_out: int, drafts: int) -> list[str]:
    remarks = [f"{left_out} links to goals that have ended are not in the plan."] if left_out else []
    if drafts:
        remarks.append(f"A plan has no drafts: {drafts} of its objectives are drafts here.")
    return remarks


def _pages(graphql: GraphQL, document: str, connection: str) -> Iterator[Data]:
    after: str | None = None
    while True:
        page = graphql.ask(document, {"after": after})
        yield page
        info = page[connection]["pageInfo"]
        if not info["hasNextPage"]:
            return
        after = info["endCursor"]


def _closed(rows: list[PlanRow]) -> tuple[list[PlanRow], int]:
    """The rows without links that lead out of the plan, and how many those were."""
    known = {row.row for row in rows}
    kept = [[parent for parent in row.parents if parent.row in known] for row in rows]
    left_out = sum(len(row.parents) - len(parents) for row, parents in zip(rows, kept, strict=True))
    return [replace(row, parents=parents) for row, parents in zip(rows, kept, strict=True)], left_out


def _purpose(node: Data) -> PlanRow:
    title, _, rest = node["statement"].partition("\n")
    return PlanRow(node["id"], node["id"], RowType.PURPOSE, title, rest or None)


def _why(node: Data) -> PlanRow:
    statement = None if node["statement"] == node["title"] else node["statement"]
    return PlanRow(node["id"], node["id"], RowType.WHY, node["title"], statement, _parents(node), _unit(node))


def _objective(node: Data) -> PlanRow:
    cycle = node["cycle"]
    return PlanRow(
        node["id"],
        node["id"],
        RowType.OBJECTIVE,
        node["title"],
        node["description"],
        _parents(node),
        _unit(node),
        cycle=cycle["name"] if cycle else None,
        starts_on=date.fromisoformat(cycle["startsOn"]) if cycle else None,
        ends_on=date.fromisoformat(cycle["endsOn"]) if cycle else None,
        status=_status(node),
    )


def _key_result(graphql: GraphQL, node: Data) -> PlanRow:
    measures = node["measures"]["id"]
    further = [parent for parent in _parents(node) if parent.row != measures]
    readings = (_reading(each) for each in _check_ins(graphql, node))
    return PlanRow(
        node["id"],
        node["id"],
        RowType.KEY_RESULT,
        node["title"],
        parents=[PlanParent(measures), *further],
        start_value=node["startValue"],
        target_value=node["targetValue"],
        current_value=node["currentValue"],
        measure_unit=node["measureUnit"],
        direction=Direction(node["direction"]),
        status=_status(node),
        readings=sorted(readings, key=lambda each: each.on),
    )


def _check_ins(graphql: GraphQL, node: Data) -> Iterator[Data]:
    """All of them, oldest first: the first page came with the key result."""
    page = node["checkIns"]
    found: list[Data] = list(page["nodes"])
    while page["pageInfo"]["hasNextPage"]:
        asked = {"node": node["id"], "after": page["pageInfo"]["endCursor"]}
        page = graphql.ask(documents.EXPORT_CHECK_INS, asked)["node"]["checkIns"]
        found += page["nodes"]
    return reversed(found)


def _reading(check_in: Data) -> PlanReading:
    return PlanReading(check_in["value"], datetime.fromisoformat(check_in["at"]).date(), check_in["note"])


def _parents(node: Data) -> list[PlanParent]:
    return [
        PlanParent(link["parent"]["id"], link["because"], LinkKind(link["kind"]), link["weight"])
        for link in node["parents"]
    ]


def _unit(node: Data) -> str | None:
    return next((owner["name"] for owner in node["owners"]), None)


def _status(node: dict[str, Any]) -> ProgressStatus | None:
    return ProgressStatus(node["status"]) if node["status"] else None
