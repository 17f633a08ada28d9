"""A file comes again after the quarter that it describes was copied: its rows are about the copies now."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id, KeyResult, Objective
from goldenthread.contracts.enums import CellOutcome as O
from goldenthread.contracts.enums import Disposition
from goldenthread.contracts.plan import (
    Plan,
    PlanCycle,
    PlanFeedback,
    PlanFormat,
    PlanParent,
    PlanReading,
    PlanRow,
    RowType,
)
from goldenthread.contracts.replies import ImportReport
from services.goals.domain.decision import Decision, DecisionLimits
from services.goals.domain.merge_base import MergeBase
from tests.unit.goals.import_harness import ImportHarness, report

CYCLES = [PlanCycle("Q1", date(2026, 1, 1), date(2026, 3, 31)), PlanCycle("Q2", date(2026, 4, 1), date(2026, 6, 30))]
W = PlanRow("W", "2", RowType.WHY, "Grow", because="b", parents=[])
O1 = PlanRow("O", "3", RowType.OBJECTIVE, "Sell", parents=[PlanParent("W", "b")], cycle="Q1", unit="Sales")
O2 = PlanRow("P", "4", RowType.OBJECTIVE, "Call", parents=[PlanParent("O", "c")], cycle="Q1", unit="Sales")
K = PlanRow(
    "K", "5", RowType.KEY_RESULT, "Deals", parents=[PlanParent("O")], start_value=0.0, target_value=90.0,
    current_value=40.0, readings=[PlanReading(40.0, date(2026, 1, 5))],
)  # fmt: skip
ROWS = [W, O1, O2, K]


class Quarters(ImportHarness):
    """An import of the first quarter, which is then closed with copies of everything in the second."""

    def __init__(self) -> None:
        super().__init__()
        self.first()
        self.copied()

    def first(self) -> None:
        assert report(self.take_in(ROWS))[0] == len(ROWS)

    def take_in(self, rows: list[PlanRow]) -> Decision:
        return self.imports(Plan(PlanFormat.JSON, rows, cycles=CYCLES))

    def cycle(self, name: str) -> Id:
        return next(each.id for each in self.org.cycles.values() if each.name == name)

    def copied(self, **other: Any) -> None:
        said = c.OthersOutcome(grade=0.5, note="n")
        ends = {"cycle": self.cycle("Q1"), "to_cycle": self.cycle("Q2"), **other}
        self.do(c.CloseCycle(**ends, all_others=Disposition.COPY, others_outcome=said))

    def now(self, row: str) -> Any:
        """The copy of what a row became at first."""
        return self.org.node(self.org.continued(self.row(row).id) or "")


@pytest.fixture
def harness() -> Quarters:
    return Quarters()


def said(decision: Decision) -> ImportReport:
    assert decision.report is not None
    return decision.report


def cells(decision: Decision, row: str) -> dict[str, O]:
    found = next((each for each in said(decision).rows if each.row == row), None)
    return {each.cell: each.outcome for each in found.cells} if found is not None else {}


def test_the_same_file_changes_nothing_and_makes_nothing(harness: Quarters) -> None:
    decision = harness.take_in(ROWS)
    assert decision.facts == []
    assert (said(decision).created, said(decision).conflicts, said(decision).skipped) == (0, 0, [])
    assert cells(decision, "O") == cells(decision, "P") == {"cycle": O.LEFT}, "it stays in its new cycle"
    assert cells(decision, "K") == {"start_value": O.LEFT}, "it starts at 40 here, and the file says what it said"
    assert said(decision).missing == []


def test_what_is_edited_goes_to_the_copies(harness: Quarters) -> None:
    edited = [W, replace(O1, title="Sell more"), replace(O2, parents=[PlanParent("O", "other")])]
    reading = PlanReading(50.0, date(2026, 1, 6))
    more = [*K.readings, reading]
    edited.append(replace(K, title="Deals won", current_value=50.0, target_value=100.0, readings=more))
    decision = harness.take_in(edited)
    assert (said(decision).conflicts, said(decision).created) == (0, 0)
    assert (harness.now("O").title, harness.row("O").title) == ("Sell more", "Sell")
    assert (harness.now("K").title, harness.now("K").target_value, harness.now("K").start_value) == (
        "Deals won",
        100.0,
        40.0,
    )
    assert harness.now("K").current_value == 50.0
    (link,) = harness.org.parents(harness.now("P").id)
    assert (link.because, link.parent) == ("other", harness.now("O").id)
    assert [each.value for each in harness.org.check_ins.values() if each.key_result == harness.now("K").id] == [50.0]
    assert report(harness.take_in(edited))[:2] == (0, 0)


def test_a_file_of_the_next_quarter_meets_the_copies(harness: Quarters) -> None:
    decision = harness.take_in([W, replace(O1, cycle="Q2"), replace(O2, cycle="Q2"), K])
    assert decision.facts == []
    assert cells(decision, "O") == {}


def test_a_row_with_a_new_id_and_the_title_of_a_copied_goal_is_that_goal(harness: Quarters) -> None:
    decision = harness.take_in([W, replace(O1, row="N", cycle="Q2"), replace(O2, parents=[PlanParent("N", "c")]), K])
    assert said(decision).created == 0
    assert len([each for each in harness.org.objectives.values() if each.title == "Sell"]) == 2


@pytest.mark.parametrize("heard", [0, 20])
def test_what_customers_said_is_not_linked_to_the_copy_by_the_same_file(heard: int) -> None:
    harness = ImportHarness.__new__(Quarters)
    ImportHarness.__init__(harness)
    harness.limits = DecisionLimits(heard=heard)
    said_ = [PlanFeedback("fair", "Too slow", datetime(2026, 1, 2, tzinfo=UTC), about=["O", "K"])]
    plan = Plan(PlanFormat.JSON, ROWS, cycles=CYCLES, feedback=said_)
    harness.imports(plan)
    harness.copied()
    decision = harness.imports(plan)
    assert (decision.facts, said(decision).skipped) == ([], [])


def test_a_new_row_hangs_on_the_copy(harness: Quarters) -> None:
    new = PlanRow("N", "6", RowType.OBJECTIVE, "New", parents=[PlanParent("O", "b")], cycle="Q2", unit="Sales")
    decision = harness.take_in([*ROWS, new])
    assert said(decision).created == 1
    (link,) = harness.org.parents(harness.row("N").id)
    assert link.parent == harness.now("O").id


def test_a_link_that_the_file_states_no_more_is_withdrawn_from_the_copy(harness: Quarters) -> None:
    harness.take_in([W, O1, replace(O2, parents=[PlanParent("W", "b")]), K])
    assert [link.parent for link in harness.org.parents(harness.now("P").id)] == [harness.row("W").id]


def test_a_link_of_a_copy_that_people_made_anew_is_the_one_that_the_file_states(harness: Quarters) -> None:
    child = harness.now("P").id
    harness.do(c.WithdrawLink(link=harness.org.parents(child)[0].id, reason="r"))
    assert cells(harness.take_in(ROWS), "P")[f"parent:{harness.row('O').id}"] is O.LEFT, "people ended it"
    harness.do(c.ProposeLink(child=child, parent=harness.now("O").id))
    assert cells(harness.take_in(ROWS), "P") == {"cycle": O.LEFT}
    harness.take_in([W, O1, replace(O2, parents=[PlanParent("O", "other words")]), K])
    assert [each.because for each in harness.org.parents(child)] == ["other words"]


def test_the_link_of_a_copy_that_has_ended_is_still_the_one_that_the_file_states(harness: Quarters) -> None:
    harness.do(c.CloseObjective(objective=harness.now("O").id, grade=1, note="n"))
    assert cells(harness.take_in(ROWS), "O") == {}
    edited = harness.take_in([W, replace(O1, parents=[PlanParent("W", "other words")]), O2, K])
    assert cells(edited, "O") == {f"because:{harness.row('W').id}": O.CONFLICT}


def test_a_goal_that_is_taken_up_again_beside_its_copy_is_told_where_its_link_is(harness: Quarters) -> None:
    harness.do(c.ReopenObjective(objective=harness.row("O").id, reason="r", cycle=harness.cycle("Q2")))
    (found,) = (each for each in said(harness.take_in(ROWS)).rows if each.row == "O")
    assert [each.note for each in found.cells if each.cell.startswith("parent:")] == ["the link went on with “Sell”"]


def test_with_lost_memory_the_copy_is_still_found_and_nothing_is_made_twice(harness: Quarters) -> None:
    harness.merge_bases["file"] = MergeBase()
    decision = harness.take_in(ROWS)
    assert said(decision).created == 0
    assert cells(decision, "K") == {"start_value": O.CONFLICT}
    assert [type(fact.payload).__name__ for fact in decision.facts] == []


def test_a_key_result_that_was_left_out_has_ended_and_a_change_of_its_row_is_a_conflict() -> None:
    harness = ImportHarness.__new__(Quarters)
    ImportHarness.__init__(harness)
    harness.first()
    out = [c.CopyKeyResult(key_result=harness.row("K").id, leave_out=True)]
    goal = c.CopyObjective(objective=harness.row("O").id, grade=1, note="n", key_results=out)
    harness.copied(copy=[goal])
    same = harness.take_in(ROWS)
    assert (same.facts, said(same).conflicts) == ([], 0)
    changed = harness.take_in([W, O1, O2, replace(K, target_value=100.0)])
    assert cells(changed, "K") == {"target_value": O.CONFLICT}
    assert changed.facts == []


def test_two_quarters_later_the_row_is_about_the_last_copy(harness: Quarters) -> None:
    third = PlanCycle("Q3", date(2026, 7, 1), date(2026, 9, 30))
    new = PlanRow("L", "6", RowType.KEY_RESULT, "Late", parents=[PlanParent("O")], start_value=0.0, target_value=5.0)
    harness.take_in([*ROWS, new])
    harness.do(c.OpenCycle(name=third.name, starts_on=third.starts_on, ends_on=third.ends_on))
    late = harness.row("L")
    assert late.measures == harness.now("O").id
    command = c.CopyObjective(
        objective=harness.now("O").id,
        grade=1,
        note="n",
        key_results=[c.CopyKeyResult(key_result=late.id, leave_out=True)],
    )
    harness.do(c.CarryOver(to_cycle=harness.cycle("Q3"), copy=[command]))
    decision = harness.take_in([W, replace(O1, title="Third"), O2, K, new])
    assert (said(decision).skipped, said(decision).created) == ([], 0)
    last = harness.org.continued(harness.now("O").continues or "")
    found = next(each for each in harness.org.objectives.values() if each.title == "Third")
    assert isinstance(found, Objective)
    assert (found.id, harness.org.cycles[found.cycle or ""].name) == (last, "Q3")
    measures = [harness.org.key_results[id] for id in harness.org.measures_of[found.id]]
    assert [(type(each), each.title) for each in measures] == [(KeyResult, "Deals")]
