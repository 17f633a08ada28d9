"""Strategy documents of real organizations, imported into an empty one and judged: what a user would see."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from msgspec import structs

from goldenthread import exchange
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.enums import LinkState, ObjectiveState
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause
from goldenthread.contracts.plan import PlanFormat, RowType
from services.goals.domain.imports.import_plan import import_plan
from tests.integration.goals.goals_harness import GoalsHarness
from tests.unit.goals.import_harness import ImportHarness

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no folder shared/data beside the checkout")

AGENCIES = "performance-gov-4-agencies.csv"
COMPANY = "gitlab-fy21-q1.csv"
PMOAI = "stratml/PMOAI.xml"
ALBANIA = "stratml/US_Assistance_to_Albania.xml"
FILES = [AGENCIES, COMPANY, PMOAI, ALBANIA]
Verdicts = Counter[tuple[AlignmentState, OrphanCause | None]]


def content(file: str) -> str:
    return (DATA / file).read_text(encoding="utf-8-sig")


def imported(file: str, **options: bool) -> ImportHarness:
    """The file in an empty organization; everything in it was taken."""
    harness = ImportHarness()
    report = harness.load(content(file), **options).report
    assert report is not None
    assert (report.taken, report.skipped) == (len(exchange.read(content(file)).rows), [])
    return harness


def verdicts(harness: ImportHarness) -> Verdicts:
    found = [harness.graph.verdict(id) for id in harness.org.objectives]
    return Counter((each.state, each.cause) for each in found if each is not None)


def test_of_81_objectives_exactly_the_12_priority_goals_that_name_no_parent_are_orphaned_and_69_unexplained() -> None:
    harness = imported(AGENCIES)
    assert len(exchange.read(content(AGENCIES)).rows) == 145
    assert verdicts(harness) == {
        (AlignmentState.ORPHANED, OrphanCause.NOT_LINKED): 12,
        (AlignmentState.UNEXPLAINED, None): 69,
    }
    alone = {row.row for row in exchange.read(content(AGENCIES)).rows if row.type == "objective" and not row.parents}
    orphans = [id for id in harness.org.objectives if harness.graph.verdict(id).state is AlignmentState.ORPHANED]  # type: ignore[union-attr]
    assert {harness.org.objectives[id].source_key for id in orphans} == {f"file/{row}" for row in alone}


def test_of_473_rows_of_a_company_nothing_is_orphaned_and_two_key_results_have_both_parents() -> None:
    harness = imported(COMPANY)
    assert len(harness.org.key_results) + len(harness.org.objectives) + len(harness.org.whys) + 1 == 473
    assert not [state for state, _ in verdicts(harness) if state is AlignmentState.ORPHANED]
    assert not [node for node, each in harness.graph.verdicts() if each.state is AlignmentState.ORPHANED]
    both = [id for id in harness.org.key_results if len(harness.org.parents(id)) == 2]
    assert len(both) == 2
    for id in both:
        first, second = harness.org.parents(id)
        assert (first.measure, first.kind, second.measure, second.kind) == (True, "SUPPORTS", False, "SUPPORTS")


def test_key_results_directly_under_a_why_stay_there() -> None:
    harness = imported(COMPANY)
    rows = exchange.read(content(COMPANY)).rows
    whys = {row.row for row in rows if row.type is RowType.WHY}
    stated = {row.row for row in rows if row.type is RowType.KEY_RESULT and row.parents[0].row in whys}
    there = {each.source_key for each in harness.org.key_results.values() if each.measures in harness.org.whys}
    assert stated
    assert there == {f"file/{row}" for row in stated}


@pytest.mark.parametrize(
    ("file", "whys", "objectives", "key_results", "check_ins"), [(PMOAI, 1, 5, 0, 0), (ALBANIA, 8, 20, 20, 411)]
)
def test_a_stratml_plan_comes_in_whole(file: str, whys: int, objectives: int, key_results: int, check_ins: int) -> None:
    org = imported(file).org
    found = (len(org.whys), len(org.objectives), len(org.key_results), len(org.check_ins))
    assert found == (whys, objectives, key_results, check_ins)
    assert org.purpose is not None


@pytest.mark.parametrize("file", FILES)
def test_the_same_file_twice_changes_nothing(file: str) -> None:
    harness = imported(file)
    again = harness.load(content(file))
    assert again.facts == []
    assert again.report is not None
    assert (again.report.created, again.report.updated, again.report.missing) == (0, 0, [])


@pytest.mark.parametrize("file", FILES)
def test_a_changed_file_changes_only_what_differs_and_a_row_that_is_gone_is_missing(file: str) -> None:
    harness = imported(file)
    plan = exchange.read(content(file))
    leaf = plan.rows[-1]
    changed = next(row for row in plan.rows if row.type is RowType.OBJECTIVE and row is not leaf)
    title = f"{changed.title} again"
    cells = {**changed.cells, "title": title} if changed.cells else {}
    retitled = structs.replace(changed, title=title, cells=cells)
    rows = [retitled if row is changed else row for row in plan.rows[:-1]]
    command = ImportPlan(source="file", content="")
    changed_plan, merge_base = structs.replace(plan, rows=rows), harness.merge_bases["file"]
    decision = import_plan(harness.org, command, changed_plan, harness.context(harness.admin), merge_base)
    assert [type(fact.payload).__name__ for fact in decision.facts] == ["ObjectiveChanged", "PlanImported"]
    assert decision.report is not None
    assert (decision.report.created, decision.report.updated, decision.report.missing) == (0, 1, [leaf.row])
    assert harness.row(leaf.row) in list(harness.org.entities())


@pytest.mark.parametrize("file", FILES)
def test_units_are_created_and_links_accepted_and_explained_only_where_the_file_says_why(file: str) -> None:
    harness = imported(file)
    plan = exchange.read(content(file))
    assert {each.name.casefold() for each in plan.units} <= {
        each.name.casefold() for each in harness.org.units.values()
    }
    stated = [parent for row in plan.rows for parent in row.parents]
    links = [link for link in harness.org.links.values() if not link.measure]
    assert {link.state for link in harness.org.links.values()} == {LinkState.ACCEPTED}
    assert len(harness.org.links) == len(stated)
    assert sum(link.because is not None for link in links) == sum(each.because is not None for each in stated)
    assert all(harness.org.explained(link) == (link.because is not None) for link in links)


def test_an_objective_whose_end_has_passed_comes_in_active_unless_close_past() -> None:
    active, closed = imported(ALBANIA), imported(ALBANIA, close_past=True)
    assert {each.state for each in active.org.objectives.values()} == {ObjectiveState.ACTIVE}
    past = [each for each in closed.org.objectives.values() if each.ends_on is not None]
    assert past
    assert {each.state for each in past} == {ObjectiveState.CLOSED}
    assert closed.load(content(ALBANIA), close_past=True).facts == []


@pytest.mark.parametrize("file", FILES)
def test_what_was_imported_survives_a_way_through_every_format(file: str) -> None:
    plan, harness = exchange.read(content(file)), imported(file)
    for format in PlanFormat:
        assert harness.load(exchange.write(plan, format)).facts == []


@pytest.mark.parametrize("file", ["stratml/template_performance_plan.xml", "malformed"])
async def test_a_template_and_a_malformed_file_are_refused_with_line_and_reason_changing_nothing(
    harness: GoalsHarness, file: str
) -> None:
    text = content(PMOAI).replace("</Goal>", "</Gaol>", 1) if file == "malformed" else content(file)
    before = await harness.events()
    with pytest.raises(Refused) as refused:
        await harness.do(ImportPlan(source="file", content=text))
    problem = refused.value.problems[0]
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["content"])
    assert "empty template" in problem.message or "line " in problem.message
    assert await harness.events() == before


@pytest.mark.parametrize("file", FILES)
async def test_a_real_plan_is_stored_and_the_same_file_twice_writes_no_event(harness: GoalsHarness, file: str) -> None:
    command = ImportPlan(source="file", content=content(file))
    await harness.do(command)
    before = await harness.events()
    await harness.do(command)
    assert await harness.events() == before
