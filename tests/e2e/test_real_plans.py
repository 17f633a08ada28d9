"""Strategy documents of real organizations through the real command line, read back through GraphQL."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from goldenthread import exchange
from goldenthread.contracts.plan import RowType
from tests.support.command_line import CommandLine
from tests.support.goal_graph_comparison import graph_of
from tests.support.story_organization import StoryOrganization

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
AGENCIES = DATA / "performance-gov-4-agencies.csv"
COMPANY = DATA / "gitlab-fy21-q1.csv"
PMOAI = DATA / "stratml" / "PMOAI.xml"
ALBANIA = DATA / "stratml" / "US_Assistance_to_Albania.xml"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no folder shared/data beside the checkout")


@pytest.fixture
def command(org: StoryOrganization, tmp_path: Path) -> CommandLine:
    """Speaks as the administrator of a new organization."""
    return CommandLine({"GOLDENTHREAD_URL": org.admin.url, "GOLDENTHREAD_TOKEN": str(org.admin.token)}, tmp_path)


async def imported(command: CommandLine, file: Path, *options: str) -> dict[str, Any]:
    """What the import of a file reported."""
    said = (await command("import", file, "--json", *options)).json()
    return dict(said["importPlan"])


def counts(report: dict[str, Any]) -> tuple[int, ...]:
    return tuple(report[name] for name in ("taken", "created", "updated", "unchanged"))


async def test_of_81_objectives_of_four_agencies_exactly_12_are_orphaned(
    org: StoryOrganization, command: CommandLine
) -> None:
    report = await imported(command, AGENCIES)
    assert (counts(report), report["skipped"], report["missing"]) == ((145, 145, 0, 0), [], [])
    graph = await graph_of(org.admin)
    states = Counter((node["state"], node["cause"]) for node in graph.of("Objective"))
    assert states == {("ORPHANED", "NOT_LINKED"): 12, ("UNEXPLAINED", None): 69}
    assert (len(graph.of("Purpose")), len(graph.of("Why")), len(graph.of("KeyResult"))) == (1, 21, 42)
    told = await command("orphans", "--json")
    named = {node["title"] for node in told.json()["objectives"]["nodes"]}
    assert named == {node["title"] for node in graph.of("Objective") if node["state"] == "ORPHANED"}
    tree = await command("tree")
    tops = [line for line in tree.out.splitlines() if line[0] not in " │├└"]
    assert len(tops) == 13
    assert tops[0].startswith("● ")
    assert all(line.startswith("○ ") and line.endswith("ORPHANED NOT_LINKED") for line in tops[1:])


async def test_of_473_rows_of_a_company_nothing_is_skipped_nor_orphaned(
    org: StoryOrganization, command: CommandLine
) -> None:
    report = await imported(command, COMPANY)
    assert (counts(report), report["skipped"]) == ((473, 473, 0, 0), [])
    graph = await graph_of(org.admin)
    assert not [node for node in graph.nodes if node["state"] == "ORPHANED"]
    rows = {row.row: row for row in exchange.read(COMPANY.read_bytes()).rows}
    stated = {
        row.title: {(rows[parent.row].title, "SUPPORTS") for parent in row.parents}
        for row in rows.values()
        if row.type is RowType.KEY_RESULT and len(row.parents) == 2
    }
    several = {node["title"]: {link[:2] for link in node["parents"]} for node in graph.of("KeyResult")}
    assert len(stated) == 2
    assert {title: parents for title, parents in several.items() if len(parents) == 2} == stated
    assert [node for node in graph.of("KeyResult") if node["measures"][0] == "Why"]
    assert (await command("orphans")).out == ""
    assert counts(await imported(command, COMPANY)) == (473, 0, 0, 473)


async def test_a_presidential_plan_and_a_performance_report_come_in_whole(
    org: StoryOrganization, command: CommandLine
) -> None:
    assert counts(await imported(command, ALBANIA)) == (49, 49, 0, 0)
    graph = await graph_of(org.admin)
    assert [len(graph.of(kind)) for kind in ("Why", "Objective", "KeyResult")] == [8, 20, 20]
    assert sum(len(node["readings"]) for node in graph.of("KeyResult")) == 411


async def test_a_plan_without_measures_has_its_why_and_objectives(org: StoryOrganization, command: CommandLine) -> None:
    assert counts(await imported(command, PMOAI)) == (7, 7, 0, 0)
    graph = await graph_of(org.admin)
    assert [len(graph.of(kind)) for kind in ("Why", "Objective", "KeyResult")] == [1, 5, 0]
    assert counts(await imported(command, PMOAI)) == (7, 0, 0, 7)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("stratml/template_performance_plan.xml", "empty template"),
        ("stratml/PerformancePlanOrReport20160216.xsd", "line 1: <schema> is not StratML"),
        ("SOURCES.md", "line 12: not an OKR sheet"),
    ],
)
async def test_what_is_no_plan_is_refused_and_changes_nothing(
    org: StoryOrganization, command: CommandLine, file: str, words: str
) -> None:
    before = await org.admin.ask("{ organization { revision } }")
    said = await command("import", DATA / file)
    assert (said.code, said.out) == (1, "")
    assert words in said.err
    assert await org.admin.ask("{ organization { revision } }") == before


async def test_a_malformed_report_is_refused_with_the_line(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_text(ALBANIA.read_text(encoding="utf-8-sig").replace("</Goal>", "</Gaol>", 1), encoding="utf-8")
    said = await command("import", broken)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("goldenthread: line ")
    assert "not well-formed" in said.err


@pytest.mark.parametrize("file", [AGENCIES, ALBANIA], ids=lambda file: str(file.name))
async def test_the_same_file_twice_changes_nothing(org: StoryOrganization, command: CommandLine, file: Path) -> None:
    first = await imported(command, file)
    before = await graph_of(org.admin)
    again = await imported(command, file)
    taken = first["taken"]
    assert counts(again) == (taken, 0, 0, taken)
    assert again["revision"] == first["revision"]
    assert await graph_of(org.admin) == before


async def test_a_changed_file_changes_what_differs_and_says_what_is_gone(
    org: StoryOrganization, command: CommandLine, tmp_path: Path
) -> None:
    await imported(command, AGENCIES, "--source", "plan")
    before = await graph_of(org.admin)
    text = AGENCIES.read_text(encoding="utf-8-sig")
    lone = next(node for node in before.of("Objective") if node["state"] == "ORPHANED" and node["title"] in text)
    kept = [line for line in text.splitlines() if lone["title"] not in line or line.count(",") < 3]
    changed = tmp_path / "changed.csv"
    why = before.of("Why")[0]["title"]
    changed.write_text("\n".join(kept).replace(why, why + " now", 1) + "\n", encoding="utf-8")
    report = await imported(command, changed, "--source", "plan")
    assert report["created"] == 0
    assert len(report["missing"]) >= 1
    after = await graph_of(org.admin)
    assert {node["title"] for node in after.nodes} == {node["title"] for node in before.nodes} - {why} | {why + " now"}


@pytest.mark.parametrize(
    ("file", "format"),
    [(AGENCIES, "sheet"), (COMPANY, "json"), (ALBANIA, "sheet"), (AGENCIES, "stratml"), (ALBANIA, "stratml")],
)
async def test_an_export_imported_into_a_new_organization_is_the_same_graph(
    org: StoryOrganization, command: CommandLine, tmp_path: Path, file: Path, format: str
) -> None:
    await imported(command, file)
    exported = tmp_path / f"export.{format}"
    said = await command("export", "--format", format)
    # A sheet says of a unit what it owns, and nothing else; of these plans it says all the rest.
    owning_nothing = (file, format) == (AGENCIES, "sheet")
    units = "A sheet does not say: where units stand and what they do " if owning_nothing else ""
    assert said.code == 0
    assert said.err.partition("(")[0] == units
    exported.write_text(said.out, encoding="utf-8")
    other = StoryOrganization(org.up, org.http, await org.up.new_organization(org.http))
    theirs = CommandLine({"GOLDENTHREAD_URL": other.admin.url, "GOLDENTHREAD_TOKEN": str(other.admin.token)}, tmp_path)
    report = await imported(theirs, exported)
    assert report["skipped"] == []
    there, here = await graph_of(other.admin), await graph_of(org.admin)
    assert there.nodes == here.nodes
    # A sheet names a unit only where it owns a row.
    assert set(there.units) <= set(here.units) if format == "sheet" else there.units == here.units
