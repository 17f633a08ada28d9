"""The demo's company, as people made it, exported and imported elsewhere: the same graph, without its history."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
import xmlschema

from goldenthread.cli.demo.company_setup import set_up_company
from goldenthread.cli.demo.sessions import CompanySessions
from tests.support.command_line import CommandLine
from tests.support.every_projection import assert_every_projection_is_a_fold
from tests.support.goal_graph_comparison import ComparableGraph, graph_of
from tests.support.resaved_sheets import as_workbook, rows_of
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization

SCHEMA = Path(__file__).resolve().parents[3] / "shared" / "data" / "stratml" / "PerformancePlanOrReport20160216.xsd"
FEEDBACK = "{ feedback { nodes { source segment body sentiment receivedAt about { title } responses { body } } } }"
CYCLES = "{ cycles { nodes { name startsOn endsOn open } } }"


def speaking(org: StoryOrganization, folder: Path) -> CommandLine:
    """The command line as the administrator of an organization."""
    return CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, folder)


async def company(org: StoryOrganization) -> None:
    """The demo's company; and a draft, an objective of two owners and of one that was asked, and two customers."""
    with CompanySessions(org.admin.url, org.up.issuer, org.id, "admin") as sessions:
        await asyncio.to_thread(set_up_company, sessions, lambda _: None)
        names = await asyncio.to_thread(sessions.admin.ask, "{ units { nodes { id name } } }")
    units = [unit["id"] for unit in names["units"]["nodes"] if unit["id"] != org.root]
    await org.admin.do("createUnit", "unit { id }", {"name": "Twin", "function": "BUSINESS", "parent": units[0]})
    await org.admin.do("createUnit", "unit { id }", {"name": "Twin", "function": "TECHNOLOGY", "parent": units[1]})
    await org.objective("Not yet", units[0], activate=False)
    await org.person("lea", {"role": "LEAD", "unit": units[0]})
    together = {"title": "Together", "owners": [units[0], units[1]], "description": "Two\nof us"}
    await org.client("lea").do("createObjective", "objective { id }", together)
    shared = await org.objective("Shared", org.root)
    await org.admin.do("updateObjective", "revision", {"objective": shared, "owners": [org.root, units[0]]})
    items = [
        {"source": "Hotline", "body": "Late\nagain", "sentiment": "NEGATIVE", "about": [shared]},
        {"source": "Letter", "body": "Thank you", "segment": "Commuters"},
    ]
    await org.admin.do("recordFeedbackItems", "revision", {"items": items})


def current_nodes(graph: ComparableGraph) -> list[dict[str, Any]]:
    """How things stand: that somebody declined a link, or countered it, is history."""
    return [
        {
            **node,
            "cause": "NOT_LINKED" if node["cause"] == "LINK_DECLINED" else node["cause"],
            "parents": [
                tuple("PROPOSED" if part == "COUNTERED" else part for part in link) for link in node["parents"]
            ],
        }
        for node in graph.nodes
    ]


@pytest.mark.parametrize("format", ["json", "stratml"])
async def test_a_companys_export_is_the_same_graph_elsewhere_and_changes_nothing_at_home(
    up: RunningInstance, org: StoryOrganization, http: httpx.AsyncClient, tmp_path: Path, format: str
) -> None:
    await company(org)
    here = await graph_of(org.admin)
    assert {"ALIGNED", "UNEXPLAINED", "ORPHANED"} <= {node["state"] for node in here.nodes}
    assert {"ACCEPTED", "PROPOSED"} <= {link[5] for node in here.nodes for link in node["parents"]}
    plan = tmp_path / f"plan.{format}"
    said = await speaking(org, tmp_path)("export", plan, "--format", format)
    assert (said.code, said.out, said.err) == (0, "", "")
    if format == "stratml" and SCHEMA.is_file():
        xmlschema.XMLSchema10(SCHEMA).validate(plan)

    other = StoryOrganization(up, http, await up.new_organization(http))
    await other.begin()
    report = (await speaking(other, tmp_path)("import", plan, "--json")).json()["importPlan"]
    assert (report["skipped"], report["warnings"], report["updated"]) == ([], [], 0)
    there = await graph_of(other.admin)
    assert current_nodes(there) == current_nodes(here)
    assert there.units == here.units
    for document in (FEEDBACK, CYCLES):
        assert await other.admin.ask(document) == await org.admin.ask(document)
    await assert_every_projection_is_a_fold(http, other)

    before = await org.admin.ask("{ organization { revision } }")
    home = (await speaking(org, tmp_path)("import", plan, "--json")).json()["importPlan"]
    assert (home["created"], home["updated"], home["skipped"]) == (0, 0, [])
    assert await org.admin.ask("{ organization { revision } }") == before


SHEET_LACKS = (
    "A sheet does not say: what customers said (2), where units stand and what they do (10), how confident people are "
    "(5), of readings the time, the status, the confidence, and lines of their notes (5). JSON and StratML do.\n"
)


def as_a_sheet_says(graph: ComparableGraph) -> list[dict[str, Any]]:
    """How things stand, without confidence; of readings the value and the note on one line. An objective without days
    of its own has those of its cycle.
    """
    return sorted((_as_a_sheet_says(node) for node in current_nodes(graph)), key=repr)


def _as_a_sheet_says(node: dict[str, Any]) -> dict[str, Any]:
    readings = [(value, note and " ".join(note.split())) for value, note, *_ in node["readings"]]
    cycle = node.get("cycle") or {}
    days = {name: node.get(name) or cycle.get(name) for name in ("startsOn", "endsOn")}
    return {**node, **days, "readings": readings, "confidence": None}


async def test_a_sheet_is_the_same_graph_elsewhere_and_changes_nothing_at_home_also_when_excel_saved_it(
    up: RunningInstance, org: StoryOrganization, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    await company(org)
    here = await graph_of(org.admin)
    plan, workbook = tmp_path / "plan.csv", tmp_path / "plan.xlsx"
    said = await speaking(org, tmp_path)("export", plan)
    assert (said.code, said.out, said.err) == (0, "", SHEET_LACKS)

    other = StoryOrganization(up, http, await up.new_organization(http))
    await other.begin()
    report = (await speaking(other, tmp_path)("import", plan, "--json")).json()["importPlan"]
    assert (report["skipped"], report["updated"]) == ([], 0)
    there = await graph_of(other.admin)
    for twin, node in zip(as_a_sheet_says(there), as_a_sheet_says(here), strict=True):
        assert twin == node
    assert await other.admin.ask(CYCLES) == await org.admin.ask(CYCLES)

    before = await org.admin.ask("{ organization { revision } }")
    cells = rows_of(plan.read_text(encoding="utf-8"))
    workbook.write_bytes(as_workbook(cells))
    for file in (plan, workbook):
        home = (await speaking(org, tmp_path)("import", file, "--json")).json()["importPlan"]
        assert (home["created"], home["updated"], home["skipped"]) == (0, 0, [])
    assert await org.admin.ask("{ organization { revision } }") == before
    next(row for row in cells if "Together" in row)[cells[0].index("Title")] = "Both of us"
    workbook.write_bytes(as_workbook(cells))
    edited = (await speaking(org, tmp_path)("import", workbook, "--json")).json()["importPlan"]
    assert (edited["created"], edited["updated"], edited["skipped"]) == (0, 1, [])
    assert {node["title"] for node in (await graph_of(org.admin)).nodes} >= {"Both of us"}
