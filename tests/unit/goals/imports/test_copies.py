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
from services.goals.domain.cycles import copied_links
from services.goals.domain.decision import Decision
from services.goals.domain.merge_base import MergeBase
from tests.unit.goals.desk import Desk, report

CYCLES = [PlanCycle("Q1", date(2026, 1, 1), date(2026, 3, 31)), PlanCycle("Q2", date(2026, 4, 1), date(2026, 6, 30))]
W = PlanRow("W", "2", RowType.WHY, "Grow", because="b", parents=[])
O1 = PlanRow("O", "3", RowType.OBJECTIVE, "Sell", parents=[PlanParent("W", "b")], cycle="Q1", unit="Sales")
O2 = PlanRow("P", "4", RowType.OBJECTIVE, "Call", parents=[PlanParent("O", "c")], cycle="Q1", unit="Sales")
K = PlanRow(
    "K", "5", RowType.KEY_RESULT, "Deals", parents=[PlanParent("O")], start_value=0.0, target_value=90.0,
    current_value=40.0, readings=[PlanReading(40.0, date(2026, 1, 5))],
)  # fmt: skip
ROWS = [W, O1, O2, K]


class Quarters(Desk):
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
def desk() -> Quarters:
    return Quarters()


def said(decision: Decision) -> ImportReport:
    assert decision.report is not None
    return decision.report


def cells(decision: Decision, row: str) -> dict[str, O]:
    found = next((each for each in said(decision).rows if each.row == row), None)
    return {each.cell: each.outcome for each in found.cells} if found is not None else {}


def test_the_same_file_changes_nothing_and_makes_nothing(desk: Quarters) -> None:
    decision = desk.take_in(ROWS)
    assert decision.facts == []
    assert (said(decision).created, said(decision).conflicts, said(decision).skipped) == (0, 0, [])
    assert cells(decision, "O") == cells(decision, "P") == {"cycle": O.LEFT}, "it stays in its new cycle"
    assert cells(decision, "K") == {"start_value": O.LEFT}, "it starts at 40 here, and the file says what it said"
    assert said(decision).missing == []


def test_what_is_edited_goes_to_the_copies(desk: Quarters) -> None:
    edited = [W, replace(O1, title="Sell more"), replace(O2, parents=[PlanParent("O", "other")])]
    reading = PlanReading(50.0, date(2026, 1, 6))
    more = [*K.readings, reading]
    edited.append(replace(K, title="Deals won", current_value=50.0, target_value=100.0, readings=more))
    decision = desk.take_in(edited)
    assert (said(decision).conflicts, said(decision).created) == (0, 0)
    assert (desk.now("O").title, desk.row("O").title) == ("Sell more", "Sell")
    assert (desk.now("K").title, desk.now("K").target_value, desk.now("K").start_value) == ("Deals won", 100.0, 40.0)
    assert desk.now("K").current_value == 50.0
    (link,) = desk.org.parents(desk.now("P").id)
    assert (link.because, link.parent) == ("other", desk.now("O").id)
    assert [each.value for each in desk.org.check_ins.values() if each.key_result == desk.now("K").id] == [50.0]
    assert report(desk.take_in(edited))[:2] == (0, 0)


def test_a_file_of_the_next_quarter_meets_the_copies(desk: Quarters) -> None:
    decision = desk.take_in([W, replace(O1, cycle="Q2"), replace(O2, cycle="Q2"), K])
    assert decision.facts == []
    assert cells(decision, "O") == {}


def test_a_row_with_a_new_id_and_the_title_of_a_copied_goal_is_that_goal(desk: Quarters) -> None:
    decision = desk.take_in([W, replace(O1, row="N", cycle="Q2"), replace(O2, parents=[PlanParent("N", "c")]), K])
    assert said(decision).created == 0
    assert len([each for each in desk.org.objectives.values() if each.title == "Sell"]) == 2


@pytest.mark.parametrize("heard", [0, 20])
def test_what_customers_said_is_not_linked_to_the_copy_by_the_same_file(
    heard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied_links, "HEARD", heard)
    desk = Desk.__new__(Quarters)
    Desk.__init__(desk)
    said_ = [PlanFeedback("fair", "Too slow", datetime(2026, 1, 2, tzinfo=UTC), about=["O", "K"])]
    plan = Plan(PlanFormat.JSON, ROWS, cycles=CYCLES, feedback=said_)
    desk.imports(plan)
    desk.copied()
    decision = desk.imports(plan)
    assert (decision.facts, said(decision).skipped) == ([], [])


def test_a_new_row_hangs_on_the_copy(desk: Quarters) -> None:
    new = PlanRow("N", "6", RowType.OBJECTIVE, "New", parents=[PlanParent("O", "b")], cycle="Q2", unit="Sales")
    decision = desk.take_in([*ROWS, new])
    assert said(decision).created == 1
    (link,) = desk.org.parents(desk.row("N").id)
    assert link.parent == desk.now("O").id


def test_a_link_that_the_file_states_no_more_is_withdrawn_from_the_copy(desk: Quarters) -> None:
    desk.take_in([W, O1, replace(O2, parents=[PlanParent("W", "b")]), K])
    assert [link.parent for link in desk.org.parents(desk.now("P").id)] == [desk.row("W").id]


def test_a_link_of_a_copy_that_people_made_anew_is_the_one_that_the_file_states(desk: Quarters) -> None:
    child = desk.now("P").id
    desk.do(c.WithdrawLink(link=desk.org.parents(child)[0].id, reason="r"))
    assert cells(desk.take_in(ROWS), "P")[f"parent:{desk.row('O').id}"] is O.LEFT, "people ended it"
    desk.do(c.ProposeLink(child=child, parent=desk.now("O").id))
    assert cells(desk.take_in(ROWS), "P") == {"cycle": O.LEFT}
    desk.take_in([W, O1, replace(O2, parents=[PlanParent("O", "other words")]), K])
    assert [each.because for each in desk.org.parents(child)] == ["other words"]


def test_the_link_of_a_copy_that_has_ended_is_still_the_one_that_the_file_states(desk: Quarters) -> None:
    desk.do(c.CloseObjective(objective=desk.now("O").id, grade=1, note="n"))
    assert cells(desk.take_in(ROWS), "O") == {}
    edited = desk.take_in([W, replace(O1, parents=[PlanParent("W", "other words")]), O2, K])
    assert cells(edited, "O") == {f"because:{desk.row('W').id}": O.CONFLICT}


def test_a_goal_that_is_taken_up_again_beside_its_copy_is_told_where_its_link_is(desk: Quarters) -> None:
    desk.do(c.ReopenObjective(objective=desk.row("O").id, reason="r", cycle=desk.cycle("Q2")))
    (found,) = (each for each in said(desk.take_in(ROWS)).rows if each.row == "O")
    assert [each.note for each in found.cells if each.cell.startswith("parent:")] == ["the link went on with “Sell”"]


def test_with_lost_memory_the_copy_is_still_found_and_nothing_is_made_twice(desk: Quarters) -> None:
    desk.memory["file"] = MergeBase()
    decision = desk.take_in(ROWS)
    assert said(decision).created == 0
    assert cells(decision, "K") == {"start_value": O.CONFLICT}
    assert [type(fact.payload).__name__ for fact in decision.facts] == []


def test_a_key_result_that_was_left_out_has_ended_and_a_change_of_its_row_is_a_conflict() -> None:
    desk = Desk.__new__(Quarters)
    Desk.__init__(desk)
    desk.first()
    out = [c.CopyKeyResult(key_result=desk.row("K").id, leave_out=True)]
    goal = c.CopyObjective(objective=desk.row("O").id, grade=1, note="n", key_results=out)
    desk.copied(copy=[goal])
    same = desk.take_in(ROWS)
    assert (same.facts, said(same).conflicts) == ([], 0)
    changed = desk.take_in([W, O1, O2, replace(K, target_value=100.0)])
    assert cells(changed, "K") == {"target_value": O.CONFLICT}
    assert changed.facts == []


def test_two_quarters_later_the_row_is_about_the_last_copy(desk: Quarters) -> None:
    third = PlanCycle("Q3", date(2026, 7, 1), date(2026, 9, 30))
    new = PlanRow("L", "6", RowType.KEY_RESULT, "Late", parents=[PlanParent("O")], start_value=0.0, target_value=5.0)
    desk.take_in([*ROWS, new])
    desk.do(c.OpenCycle(name=third.name, starts_on=third.starts_on, ends_on=third.ends_on))
    late = desk.row("L")
    assert late.measures == desk.now("O").id
    command = c.CopyObjective(
        objective=desk.now("O").id, grade=1, note="n", key_results=[c.CopyKeyResult(key_result=late.id, leave_out=True)]
    )
    desk.do(c.CarryOver(to_cycle=desk.cycle("Q3"), copy=[command]))
    decision = desk.take_in([W, replace(O1, title="Third"), O2, K, new])
    assert (said(decision).skipped, said(decision).created) == ([], 0)
    last = desk.org.continued(desk.now("O").continues or "")
    found = next(each for each in desk.org.objectives.values() if each.title == "Third")
    assert isinstance(found, Objective)
    assert (found.id, desk.org.cycles[found.cycle or ""].name) == (last, "Q3")
    measures = [desk.org.key_results[id] for id in desk.org.measures_of[found.id]]
    assert [(type(each), each.title) for each in measures] == [(KeyResult, "Deals")]
