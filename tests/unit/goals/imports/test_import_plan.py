"""Importing: a plan becomes goals once, however often it is read, and what it does not say is not made up."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec import structs

from goldenthread.contracts.enums import LinkKind, LinkState, ObjectiveState
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause
from goldenthread.contracts.events.goals import PlanImported, entities_of
from tests.support.entities import T0
from tests.unit.goals.import_harness import SHEET, ImportHarness, report


def test_a_plan_becomes_goals_with_their_units_links_and_numbers() -> None:
    harness = ImportHarness()
    decision = harness.load(SHEET)
    assert report(decision) == (6, 0, 0, 0)
    assert isinstance(decision.facts[-1].payload, PlanImported)
    assert {unit.name for unit in harness.org.units.values()} == {"Example", "Board", "Sales", "IT"}
    k2 = harness.row("K2")
    assert (k2.measures, k2.start_value, k2.target_value, k2.direction) == (harness.row("O2").id, 30, 5, "DECREASE")
    up = {link.parent: link for link in harness.org.parents(k2.id)}
    assert up[harness.row("O2").id].measure
    assert up[harness.row("O1").id].kind is LinkKind.SUPPORTS
    assert [cycle.name for cycle in harness.org.cycles.values()] == ["Q1"]


def test_imported_links_are_accepted_and_explained_only_where_the_file_says_why() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    assert all(link.state is LinkState.ACCEPTED for link in harness.org.links.values())
    assert harness.verdict("O1").state is AlignmentState.ALIGNED
    assert harness.verdict("O2").state is AlignmentState.UNEXPLAINED


def test_the_same_file_twice_changes_nothing() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    again = harness.load(SHEET)
    assert again.facts == []
    assert report(again) == (0, 0, 6, 0)


def test_a_changed_file_changes_only_what_differs() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    decision = harness.load(SHEET.replace("Sell more", "Sell much more").replace("0,10,4", "0,10,7"))
    assert report(decision) == (0, 2, 4, 0)
    changed = [type(fact.payload).__name__ for fact in decision.facts]
    assert changed == ["ObjectiveChanged", "KeyResultChanged", "PlanImported"]


def test_a_because_that_comes_later_explains_the_link() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    decision = harness.load(SHEET.replace('K1",IT,,,', 'K1",IT,Speed sells,,'))
    assert report(decision) == (0, 1, 5, 0)
    assert harness.verdict("O2").state is AlignmentState.ALIGNED


def test_a_row_that_moves_leaves_its_old_parent() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    harness.load(SHEET.replace("Sell more,W,", "Sell more,P,"))
    parents = [link.parent for link in harness.org.parents(harness.row("O1").id)]
    assert harness.org.purpose is not None
    assert parents == [harness.org.purpose.id]


def test_rows_gone_from_the_file_are_reported_as_missing_and_never_archived() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    decision = harness.load(SHEET[: SHEET.index("K2,key_result")])
    assert decision.report is not None
    assert decision.report.missing == ["K2"]
    assert not harness.row("K2").removed


def test_two_sources_may_both_have_a_row_one() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    assert report(harness.load(SHEET, source="other")) == (5, 0, 1, 0)
    assert len(harness.org.objectives) == 4


def test_a_loop_is_stored_and_judged_loop() -> None:
    harness = ImportHarness()
    harness.load(
        "Row ID,Type,Title,Parent\nP,purpose,Be useful,\nA,objective,One,B\nB,objective,Two,A\nC,objective,Three,A\n"
    )
    assert {harness.verdict(row).cause for row in "ABC"} == {OrphanCause.LOOP}


def test_a_row_that_cannot_be_taken_is_reported_and_so_is_what_hangs_on_it() -> None:
    harness = ImportHarness()
    decision = harness.load(
        "Row ID,Type,Title,Parent\nP,purpose,Be useful,\n"
        "K,key_result,On nothing,\nO,objective,Sell,K\nO2,objective,Buy,P\n"
    )
    assert report(decision) == (3, 0, 0, 2)
    assert harness.verdict("O").cause is OrphanCause.NOT_LINKED


def test_an_objective_that_is_over_comes_in_active_unless_close_past() -> None:
    kept, closed = ImportHarness(), ImportHarness()
    kept.load(SHEET)
    closed.load(SHEET, close_past=True)
    assert date(2025, 3, 31) < T0.date()
    assert kept.row("O1").state is ObjectiveState.ACTIVE
    assert closed.row("O1").state is ObjectiveState.CLOSED


def test_the_published_purpose_is_kept_unless_the_file_is_to_replace_it() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    other = SHEET.replace("Be useful", "Be loved")
    harness.load(other)
    assert harness.org.purpose is not None
    assert (harness.org.purpose.statement, harness.org.purpose.version) == ("Be useful", 1)
    harness.load(other, replace_purpose=True)
    assert (harness.org.purpose.statement, harness.org.purpose.version) == ("Be loved", 2)


def test_only_an_administrator_imports() -> None:
    harness = ImportHarness()
    harness.org.put(structs.replace(harness.org.people[harness.admin], roles=[]))
    with pytest.raises(Refused) as refused:
        harness.load(SHEET)
    assert refused.value.problems[0].code is ErrorCode.FORBIDDEN


def test_a_fold_of_the_facts_is_the_organization() -> None:
    harness = ImportHarness()
    facts = [*harness.load(SHEET).facts, *harness.load(SHEET.replace("Sell more", "Sell less")).facts]
    folded = {entity.id: entity for fact in facts for entity in entities_of(fact.payload)}
    assert all(harness.org.get(id) == entity for id, entity in folded.items())
