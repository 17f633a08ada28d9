"""The closing of a cycle is taken back: it is open again, and what ended with it or went on elsewhere stays so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import Disposition, ObjectiveState
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import CycleReopened, ObjectiveReopened
from goldenthread.contracts.events.goals.clock import Grace
from services.goals.domain.clock import timer_rules as clock
from services.goals.domain.clock.timer_rules import Timer, TimerKind
from services.goals.history.sentences import summary
from tests.unit.goals.import_harness import SHEET, ImportHarness, close_the_cycle, report
from tests.unit.goals.world import Acme

S = ObjectiveState


class Closed(Acme):
    """2026 is closed: `done` and `draft` were archived with it, `moved` goes on in 2027."""

    def __init__(self) -> None:
        super().__init__()
        self.next = self.open("2027", 2027)
        self.done, self.draft, self.moved = (
            self.id(c.CreateObjective(title=title, owners=[self.web], cycle=self.cycle, activate=title != "Draft"))
            for title in ("Done", "Draft", "Moved")
        )
        archived = [self.done, self.draft]
        self.do(c.CloseCycle(cycle=self.cycle, archive=archived, carry_over=[self.moved], to_cycle=self.next))

    def open(self, name: str, year: int = 2026) -> Id:
        return self.id(c.OpenCycle(name=name, starts_on=date(year, 1, 1), ends_on=date(year, 12, 31)))

    def again(self, cycle: Id | None = None, reason: str = "Closed too early.") -> c.ReopenCycle:
        return c.ReopenCycle(cycle=cycle or self.cycle, reason=reason)


@pytest.fixture
def acme() -> Closed:
    return Closed()


def test_a_cycle_is_open_again_and_nothing_else_changes(acme: Closed) -> None:
    before = dict(acme.org.objectives)
    (fact,) = acme.do(acme.again(), acme.admin).facts
    assert isinstance(fact.payload, CycleReopened)
    assert (fact.subject, fact.payload.cycle.open, fact.payload.reason) == (acme.cycle, True, "Closed too early.")
    assert acme.org.cycles[acme.cycle] == fact.payload.cycle
    assert acme.org.objectives == before
    assert (before[acme.done].state, before[acme.moved].cycle) == (S.ARCHIVED, acme.next)


def test_the_answer_says_how_many_objectives_stay_ended_and_what_takes_them_up(acme: Closed) -> None:
    (warning,) = acme.do(acme.again()).warnings
    assert warning.path == ["cycle"]
    assert "2026 is open again; 2 objectives of it stay ended" in warning.message
    assert "reopenObjective" in warning.message
    acme.do(c.CloseCycle(cycle=acme.cycle))
    acme.do(c.ReopenObjective(objective=acme.done, reason="r", cycle=acme.next))
    (warning,) = acme.do(acme.again()).warnings
    assert "1 objective of it stays ended" in warning.message
    empty = acme.open("Empty")
    acme.do(c.CloseCycle(cycle=empty))
    assert acme.do(acme.again(empty)).warnings == []


def test_what_goes_on_as_a_copy_or_a_successor_stays_where_it_is_and_the_answer_says_how_many(acme: Closed) -> None:
    first, second = (acme.id(c.CreateObjective(title=t, owners=[acme.web], cycle=acme.next)) for t in ("A", "B"))
    later = acme.open("2028", 2028)
    others = c.OthersOutcome(note="n", grade=1.0)
    copied = c.CloseCycle(cycle=acme.next, to_cycle=later, all_others=Disposition.COPY, others_outcome=others)
    acme.do(copied)
    before = dict(acme.org.objectives)
    (warning,) = acme.do(acme.again(acme.next)).warnings
    assert "3 objectives of it stay ended, of which 3 go on as another. reopenObjective" in warning.message
    assert acme.org.objectives == before
    continued = {each.continues: each.cycle for each in before.values() if each.continues is not None}
    assert continued == dict.fromkeys((first, second, acme.moved), later)
    close = c.CloseCycle(cycle=later, all_others=Disposition.CARRY_OVER, to_cycle=acme.next)
    acme.do(close)
    assert {each.cycle for each in acme.org.objectives.values() if each.continues is not None} == {acme.next}


def test_an_objective_is_taken_up_again_in_its_own_cycle_without_naming_it(acme: Closed) -> None:
    reopen = c.ReopenObjective(objective=acme.done, reason="again")
    assert acme.refused(reopen).path == ["cycle"]
    acme.do(acme.again())
    (fact,) = acme.do(reopen).facts
    assert isinstance(fact.payload, ObjectiveReopened)
    assert (fact.payload.objective.state, fact.payload.objective.cycle) == (S.ACTIVE, acme.cycle)
    acme.do(c.ReopenObjective(objective=acme.draft, reason="again"))
    acme.do(c.ActivateObjective(objective=acme.draft))
    assert acme.org.objectives[acme.draft].state is S.ACTIVE
    acme.do(c.CarryOver(objectives=[acme.moved], to_cycle=acme.cycle))
    assert acme.org.objectives[acme.moved].cycle == acme.cycle


def test_a_cycle_that_is_open_is_refused(acme: Closed) -> None:
    problem = acme.refused(acme.again(acme.next))
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["cycle"])
    acme.do(acme.again())
    assert acme.refused(acme.again()).code is ErrorCode.STATE_NOT_ALLOWED


@pytest.mark.parametrize("name", ["Sprint Été", "  sprint   ÉTÉ ", "Sprint E\u0301te\u0301"])
def test_a_cycle_whose_name_an_open_one_has_is_refused_and_the_answer_says_which(acme: Closed, name: str) -> None:
    first = acme.open("Sprint Été")
    acme.do(c.CloseCycle(cycle=first))
    second = acme.open(name, 2028)
    problem = acme.refused(acme.again(first))
    assert (problem.code, problem.path) == (ErrorCode.CONFLICT, ["cycle"])
    assert f"{acme.org.cycles[second].name} (2028-01-01 to 2028-12-31)" in problem.message
    assert "Close that one first" in problem.message
    acme.do(c.CloseCycle(cycle=second))
    acme.do(acme.again(first))
    assert acme.refused(acme.again(second)).code is ErrorCode.CONFLICT


def test_only_an_administrator_takes_a_closing_back_and_says_why(acme: Closed) -> None:
    for actor in (acme.executive, acme.tech_lead, acme.web_member, acme.viewer):
        assert acme.refused(acme.again(), actor).code is ErrorCode.FORBIDDEN
    problem = acme.refused(acme.again(reason=" "), acme.admin)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["reason"])
    assert acme.refused(acme.again("cycle_x")).code is ErrorCode.NOT_FOUND
    assert acme.refused(acme.again(acme.done)).code is ErrorCode.INVALID


def test_a_dry_run_says_the_same_and_changes_nothing(acme: Closed) -> None:
    decision = acme.do(acme.again(), dry_run=True)
    assert len(decision.facts) == len(decision.warnings) == 1
    assert not acme.org.cycles[acme.cycle].open


def test_the_history_says_that_it_was_reopened_and_why(acme: Closed) -> None:
    (fact,) = acme.do(acme.again()).facts
    assert summary("cycle.reopened", fact.payload) == "Cycle reopened (Closed too early.)"


# -- the clock ---------------------------------------------------------------------------------------------------------


def test_what_stays_ended_keeps_its_days_of_handing_over(acme: Closed) -> None:
    before = clock.timers(acme.org, acme.done, acme.now)
    assert [each.kind for each in before] == [TimerKind.HANDOVER]
    acme.do(acme.again())
    assert acme.done in clock.touched(acme.org, [acme.org.cycles[acme.cycle]])
    assert clock.timers(acme.org, acme.done, acme.now) == before


def test_what_is_taken_up_again_has_no_days_of_handing_over_any_more_and_those_of_linking_again(acme: Closed) -> None:
    (handover,) = clock.timers(acme.org, acme.done, acme.now)
    acme.now = handover.due_at + timedelta(days=1)
    assert clock.ring(acme.org, handover, acme.now) is not None
    acme.do(acme.again())
    assert clock.take_back(acme.org, handover, acme.now) is None
    acme.do(c.ReopenObjective(objective=acme.done, reason="again"))
    back = clock.take_back(acme.org, handover, acme.now)
    assert back is not None
    assert (back.payload.grace, back.payload.ended) == (Grace.HANDOVER, False)  # type: ignore[attr-defined]
    started = acme.org.objectives[acme.done].activated_at
    assert started is not None
    linking = Timer(TimerKind.LINKING, acme.done, started + timedelta(days=14))
    assert clock.timers(acme.org, acme.done, acme.now) == [linking]


# -- imports -----------------------------------------------------------------------------------------------------------

LATE = "O3,objective,Late,W,Sales,,,,,2025-01-01,2025-03-31,Q1\n"


def reopened(carried: str | None = None) -> ImportHarness:
    """An import harness whose only cycle, Q1, was closed and is open again."""
    harness = ImportHarness()
    harness.load(SHEET)
    close_the_cycle(harness, carried)
    quarter = next(each.id for each in harness.org.cycles.values() if each.name == "Q1")
    harness.do(c.ReopenCycle(cycle=quarter, reason="again"))
    return harness


def test_a_new_row_of_a_cycle_that_is_open_again_is_taken() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    close_the_cycle(harness)
    assert report(harness.load(SHEET + LATE))[3] == 1
    quarter = next(each for each in harness.org.cycles.values() if each.name == "Q1")
    harness.do(c.ReopenCycle(cycle=quarter.id, reason="again"))
    assert report(harness.load(SHEET + LATE)) == (1, 0, 6, 0)
    assert (harness.row("O3").state, harness.row("O3").cycle) == (S.ACTIVE, quarter.id)
    assert len(harness.org.cycles) == 2


def test_the_same_sheet_again_changes_nothing_and_opens_no_cycle() -> None:
    harness = reopened()
    assert harness.load(SHEET).facts == []
    assert harness.row("O1").state is S.ARCHIVED, "what ended here stays ended"
    harness.do(c.ReopenObjective(objective=harness.row("O1").id, reason="again"))
    assert report(harness.load(SHEET.replace("Sell more", "Sell much more"))) == (0, 1, 5, 0)
    assert harness.row("O1").title == "Sell much more"


def test_what_was_carried_over_is_not_taken_back_by_the_same_sheet() -> None:
    harness = reopened("O1")
    elsewhere = harness.row("O1").cycle
    assert harness.load(SHEET).facts == []
    assert harness.row("O1").cycle == elsewhere


@pytest.mark.parametrize("spelled", ["Q1 2026", "2026-Q1", "1. Quartal 2026", "q1 2026"])
def test_a_period_in_any_spelling_is_the_cycle_that_is_open_again(spelled: str) -> None:
    harness = ImportHarness()
    cycle = harness.do(
        c.OpenCycle(name="Q1 2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31))
    ).ids[0]  # fmt: skip
    harness.do(c.CloseCycle(cycle=cycle))
    sheet = f"Row ID,Type,Title,Entity,Time Period\nA,objective,Calm stations,Ops,{spelled}\n"
    assert report(harness.load(sheet)) == (0, 0, 0, 1)
    harness.do(c.ReopenCycle(cycle=cycle, reason="again"))
    assert report(harness.load(sheet)) == (1, 0, 0, 0)
    assert harness.row("A").cycle == cycle
