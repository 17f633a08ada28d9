"""Importing into an organization that lives: what people did since is theirs; loops, order, and absurd files."""

from __future__ import annotations

import time
from datetime import date

import msgspec
import pytest
from msgspec import structs

from goldenthread import exchange
from goldenthread.contracts.commands import ImportPlan, PublishPurpose, RecordCheckIn, UpdateKeyResult, WithdrawLink
from goldenthread.contracts.enums import CellOutcome, Direction, ProgressStatus, RowOutcome
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause
from goldenthread.contracts.plan import Plan, PlanCycle, PlanFormat, PlanParent, PlanReading, PlanRow, PlanUnit, RowType
from services.goals.domain.decide import decide
from services.goals.domain.imports.import_plan import import_plan
from tests.unit.goals.import_harness import SHEET, ImportHarness, report


def test_the_first_parent_of_a_cell_is_the_primary_one_in_whatever_order_the_rows_stand() -> None:
    harness = ImportHarness()
    harness.load(
        'Row ID,Type,Title,Parent\nO,objective,Sell,"B\nA"\nA,why,Grow,P\nB,why,Earn,P\nP,purpose,Be useful,\n'
    )
    assert [link.parent for link in harness.org.parents(harness.row("O").id)] == [
        harness.row("B").id,
        harness.row("A").id,
    ]


def test_every_node_comes_with_its_links_so_that_no_part_of_an_import_leaves_an_orphan() -> None:
    harness = ImportHarness()
    decision = import_plan(
        harness.org, ImportPlan(source="file", content=""), exchange.read(SHEET), harness.context(harness.admin)
    )
    for fact in decision.facts:
        linked = getattr(fact.payload, "link", None)
        harness.head += 1
        harness.graph.apply(fact.payload, harness.head)
        if linked is not None:
            harness.graph.judge()
            assert not [node for node, verdict in harness.graph.verdicts() if verdict.state is AlignmentState.ORPHANED]


def test_loops_of_a_file_are_stored_and_judged_loop_whoever_measures_whom() -> None:
    harness = ImportHarness()
    rows = "O,objective,Sell,K\nK,key_result,Deals,O\nA,objective,Ask,B\nB,objective,Be asked,A\n"
    assert report(harness.load("Row ID,Type,Title,Parent\n" + rows)) == (4, 0, 0, 0)
    assert {harness.verdict(row).cause for row in "OKAB"} == {OrphanCause.LOOP}
    assert harness.verdict("A").broken_at == harness.verdict("B").broken_at
    assert harness.load("Row ID,Type,Title,Parent\n" + rows).facts == []


def test_days_that_a_file_has_only_from_the_cycle_are_no_news_to_an_objective_of_that_cycle() -> None:
    harness = ImportHarness()
    cycle = PlanCycle("Q1", date(2026, 1, 1), date(2026, 3, 31))
    row = PlanRow("O", "1", RowType.OBJECTIVE, "Sell", cycle="Q1")
    plan = Plan(PlanFormat.JSON, [row], cycles=[cycle])
    harness.imports(plan)
    for starts_on, expected in ((cycle.starts_on, None), (date(2026, 2, 1), date(2026, 2, 1))):
        dated = structs.replace(row, starts_on=starts_on, ends_on=cycle.ends_on)
        plan = structs.replace(plan, format=PlanFormat.OKR_SHEET, rows=[dated])
        harness.imports(plan)
        assert harness.row("O").starts_on == expected


def test_what_people_checked_in_since_is_theirs_and_the_file_does_not_take_it_back() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    command = RecordCheckIn(key_result=harness.row("K1").id, value=9, status=ProgressStatus.ON_TRACK)
    harness.take(decide(harness.org, command, harness.context(harness.admin)))
    assert harness.load(SHEET).facts == []
    assert harness.row("K1").current_value == 9
    harness.load(SHEET.replace("Deals closed", "Deals won"))
    assert (harness.row("K1").title, harness.row("K1").current_value) == ("Deals won", 9)


def test_an_imported_purpose_that_is_published_again_is_called_by_its_new_words() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    harness.take(decide(harness.org, PublishPurpose(statement="Be loved"), harness.context(harness.admin)))
    assert harness.org.purpose is not None
    assert harness.org.purpose.title in ("", "Be loved")


def test_a_link_that_people_withdrew_is_not_made_again_and_the_report_says_so() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    link = harness.org.parents(harness.row("O1").id)[0]
    harness.take(
        decide(harness.org, WithdrawLink(link=link.id, reason="It does not help"), harness.context(harness.admin))
    )
    again = harness.load(SHEET)
    assert again.facts == []
    assert again.report is not None
    (row,) = again.report.rows
    assert (row.outcome, row.cells[0].outcome, again.report.left) == (RowOutcome.LEFT, CellOutcome.LEFT, 1)
    assert "withdrawn here: “It does not help”" in (row.cells[0].note or "")
    assert again.report.skipped == [], "the file says nothing new"
    assert harness.verdict("O1").cause is OrphanCause.LINK_WITHDRAWN


def test_a_link_that_one_version_of_a_file_left_out_comes_back_with_the_next() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    harness.load(SHEET.replace("Sell more,W,", "Sell more,P,"))
    harness.load(SHEET)
    assert [link.parent for link in harness.org.parents(harness.row("O1").id)] == [harness.row("W").id]


def test_problems_are_reported_in_the_order_of_the_file() -> None:
    harness = ImportHarness()
    long = "x" * 501
    rows = f"K,key_result,{long},W\nO,objective,{long},W\nW,why,{long},\n"
    found = harness.load("Row ID,Type,Title,Parent\n" + rows).report
    assert found is not None
    assert [each.row for each in found.skipped] == ["line 2", "line 3", "line 4"]


@pytest.mark.slow
def test_absurd_plans_take_seconds_and_not_minutes() -> None:
    """Many of everything that one row, parent or unit could be compared with."""
    n = 15_000
    head = "Row ID,Type,Title,Parent,Entity\n"
    whys = "".join(f"W{i},why,T{i},P,\n" for i in range(n))
    parents = "\n".join(f"W{i}" for i in range(n))
    chain = [PlanUnit(f"U{i}", f"U{i + 1}") for i in range(n)]
    rows = [PlanRow("O", "1", RowType.OBJECTIVE, "Sell", unit="U0")]
    for content in (
        head + "P,purpose,Be useful,,\n" + whys + f'O,objective,Sell,"{parents}",\n',
        head + "".join(f"O{i},objective,T{i},Q{i},\nQ{i},why,{'x' * 501},,\n" for i in range(n)),
        head + whys + "".join(f"P{i},purpose,T{i},,\n" for i in range(n)),
        exchange.write(Plan(PlanFormat.JSON, rows, chain), PlanFormat.JSON),
    ):
        started = time.process_time()
        ImportHarness().load(content)
        assert time.process_time() - started < 120, "minutes of work: something is compared with everything"


def test_no_text_of_a_file_makes_an_event_larger_than_a_record_may_be() -> None:
    harness, long = ImportHarness(), "x" * 100_000
    measured = PlanRow("K", "3", RowType.KEY_RESULT, "Deals", parents=[PlanParent("O")])
    rows = [
        PlanRow("P", "1", RowType.PURPOSE, "Be useful", long),
        PlanRow("O", "2", RowType.OBJECTIVE, "Sell"),
        structs.replace(measured, readings=[PlanReading(1, date(2026, 1, 1), long)]),
        structs.replace(measured, row="L", line="4", measure_unit=long),
        PlanRow(long, "5", RowType.OBJECTIVE, "Call"),
        PlanRow("W", "6", RowType.WHY, "Grow", parents=[PlanParent("O", long)]),
        PlanRow("V", "7", RowType.WHY, "Grow", unit=long),
    ]
    plan = Plan(PlanFormat.JSON, rows)
    decision = harness.take(
        import_plan(harness.org, ImportPlan(source="file", content=""), plan, harness.context(harness.admin))
    )
    assert max(len(msgspec.json.encode(fact.payload)) for fact in decision.facts) < 50_000
    assert decision.report is not None
    assert [each.row for each in decision.report.skipped] == ["1", "3", "4", "5", "6", "7"]
    assert not [*harness.org.key_results, *harness.org.check_ins], "a row comes whole or not at all"


def test_a_direction_that_a_person_gave_stays_unless_the_numbers_of_the_file_go_the_other_way() -> None:
    harness = ImportHarness()
    sheet = "Row ID,Type,Title,Parent,Start Value,Target Value,Current Value\nO,objective,Safe,,,,\n"
    harness.load(sheet + "K,key_result,Accidents,O,,0,3\n")
    assert harness.row("K").direction is Direction.INCREASE  # nobody said: no progress follows from it
    for direction in (Direction.DECREASE, Direction.STAY_BELOW):
        change = UpdateKeyResult(key_result=harness.row("K").id, direction=direction)
        harness.take(decide(harness.org, change, harness.context(harness.admin)))
        assert harness.load(sheet + "K,key_result,Accidents,O,,0,3\n").facts == []
        assert harness.row("K").direction is direction
    harness.take(
        decide(harness.org, structs.replace(change, direction=Direction.INCREASE), harness.context(harness.admin))
    )
    harness.load(sheet + "K,key_result,Accidents,O,10,0,3\n")
    assert harness.row("K").direction is Direction.DECREASE
    harness.load(sheet + "K,key_result,Accidents,O,-10,0,-3\n")
    assert harness.row("K").direction is Direction.INCREASE
