"""Nothing is under way in a closed cycle: no command, and no import, leaves an open objective there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import CellOutcome, ObjectiveState, Requirement
from goldenthread.contracts.errors import ErrorCode
from tests.unit.goals.import_harness import SHEET, ImportHarness, close_the_cycle, report
from tests.unit.goals.world import Acme

S = ObjectiveState


class Closed(Acme):
    """`goal` was archived when its cycle was closed, `draft` as a draft; `next` is open."""

    def __init__(self) -> None:
        super().__init__()
        make = c.CreateObjective(title="Fast pages", owners=[self.web], cycle=self.cycle)
        self.goal, self.draft = self.id(make), self.id(replace(make, activate=False))
        self.measure = self.id(c.AddKeyResult(measures=self.goal, key_result=c.KeyResultSpec(title="k")))
        self.next = self.id(c.OpenCycle(name="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31)))
        self.do(c.CloseCycle(cycle=self.cycle, archive=[self.goal, self.draft]))

    def reopened(self, goal: Id, **other: Any) -> tuple[ObjectiveState, Id | None]:
        self.do(c.ReopenObjective(objective=goal, reason="again", **other))
        return self.org.objectives[goal].state, self.org.objectives[goal].cycle


@pytest.fixture
def acme() -> Closed:
    return Closed()


def test_reopening_in_a_closed_cycle_is_refused_and_says_what_to_do(acme: Closed) -> None:
    for goal in (acme.goal, acme.draft):
        problem = acme.refused(c.ReopenObjective(objective=goal, reason="again"))
        assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["cycle"])
        assert "2026 is closed" in problem.message
        assert "open cycle" in problem.message
    named = c.ReopenObjective(objective=acme.goal, reason="again", cycle=acme.cycle)
    assert acme.refused(named).path == ["cycle"]
    missing = c.ReopenObjective(objective=acme.goal, reason="again", cycle="cycle_x")
    assert acme.refused(missing).code is ErrorCode.NOT_FOUND


def test_an_objective_is_reopened_in_the_cycle_named_or_in_none(acme: Closed) -> None:
    assert acme.reopened(acme.goal, cycle=acme.next) == (S.ACTIVE, acme.next)
    assert acme.reopened(acme.draft, clear=["cycle"]) == (S.DRAFT, None)


def test_while_its_cycle_is_open_an_objective_is_reopened_where_it_was_or_moved(acme: Closed) -> None:
    goal = acme.id(c.CreateObjective(title="t", owners=[acme.web], cycle=acme.next))
    acme.do(c.ArchiveObjective(objective=goal))
    assert acme.reopened(goal) == (S.ACTIVE, acme.next)
    later = acme.id(c.OpenCycle(name="2028", starts_on=date(2028, 1, 1), ends_on=date(2028, 12, 31)))
    acme.do(c.ArchiveObjective(objective=goal))
    assert acme.reopened(goal, cycle=later) == (S.ACTIVE, later)


def test_a_draft_that_was_left_in_a_closed_cycle_is_not_activated_but_can_be_moved(acme: Closed) -> None:
    """Streams of before hold such drafts."""
    acme.org.put(replace(acme.org.objectives[acme.draft], state=S.DRAFT, ended_at=None))
    problem = acme.refused(c.ActivateObjective(objective=acme.draft))
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["objective"])
    assert "updateObjective" in problem.message
    acme.do(c.UpdateObjective(objective=acme.draft, clear=["cycle"]))
    acme.do(c.ActivateObjective(objective=acme.draft))
    assert acme.org.objectives[acme.draft].state is S.ACTIVE


def test_under_block_an_accepted_link_activates_no_draft_in_a_closed_cycle(acme: Closed) -> None:
    parent = acme.objective(acme.sales)
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    acme.org.put(replace(acme.org.objectives[acme.draft], state=S.DRAFT, ended_at=None))
    link = acme.propose(acme.draft, parent, acme.web_member)
    decision = acme.do(c.AcceptLink(link=link.id, round=1), acme.sales_lead)
    assert acme.org.objectives[acme.draft].state is S.DRAFT
    assert ["2026 is closed" in each.message for each in decision.warnings] == [True]


def test_nothing_is_created_moved_measured_or_read_in_a_closed_cycle(acme: Closed) -> None:
    other = acme.objective(acme.web, "Other")
    commands: list[tuple[c.AnyCommand, list[str]]] = [
        (c.CreateObjective(title="t", owners=[acme.web], cycle=acme.cycle), ["cycle"]),
        (c.UpdateObjective(objective=other, cycle=acme.cycle), ["cycle"]),
        (c.CarryOver(objectives=[other], to_cycle=acme.cycle), ["toCycle"]),
        (c.CloseCycle(cycle=acme.cycle), ["cycle"]),
        (c.CloseCycle(cycle=acme.next, to_cycle=acme.cycle), ["toCycle"]),
        (c.RecordCheckIn(key_result=acme.measure, value=1), ["keyResult"]),
        (c.AddKeyResult(measures=acme.goal, key_result=c.KeyResultSpec(title="k")), ["measures"]),
        (c.UpdateKeyResult(key_result=acme.measure, title="l"), ["keyResult"]),
        (c.ProposeLink(child=acme.goal, parent=other, because="b"), ["child"]),
    ]
    for command, path in commands:
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, path), command


# -- imports -----------------------------------------------------------------------------------------------------------


def test_a_sheet_again_after_its_cycle_was_closed_changes_nothing_and_opens_no_second_cycle() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    close_the_cycle(harness)
    again = harness.load(SHEET)
    assert again.facts == []
    assert report(again) == (0, 0, 6, 0)


def test_what_was_carried_over_stays_where_it_is_and_the_report_says_so() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    close_the_cycle(harness, "O1")
    moved = harness.row("O1").cycle
    again = harness.load(SHEET.replace("Sell more", "Sell much more"))
    assert again.report is not None
    (row,) = again.report.rows
    assert [(cell.cell, cell.outcome, cell.was, cell.here, cell.file) for cell in row.cells] == [
        ("title", CellOutcome.TAKEN, "Sell more", "Sell more", "Sell much more"),
        ("cycle", CellOutcome.LEFT, "Q1", "Q2", "Q1"),
    ]
    assert (harness.row("O1").title, harness.row("O1").cycle) == ("Sell much more", moved)
    assert len(harness.org.cycles) == 2


def test_a_new_objective_of_a_closed_cycle_is_not_taken_unless_it_has_ended_too() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    (cycle,) = harness.org.cycles
    close_the_cycle(harness)
    more = SHEET + "O3,objective,Late,W,Sales,,,,,2025-01-01,2025-03-31,Q1\n"
    refused = harness.load(more)
    assert refused.report is not None
    assert ["Q1 is closed" in each.message for each in refused.report.skipped] == [True]
    assert harness.load(more, close_past=True).report is not None
    assert (harness.row("O3").state, harness.row("O3").cycle) == (S.CLOSED, cycle)


def test_another_period_of_the_same_name_is_a_cycle_of_its_own() -> None:
    harness = ImportHarness()
    harness.load(SHEET)
    close_the_cycle(harness)
    harness.load(SHEET.replace("O1,", "P1,").replace("2025-", "2026-"))
    assert [(each.name, each.starts_on.year, each.open) for each in harness.org.cycles.values()] == [
        ("Q1", 2025, False),
        ("Q2", 2025, True),
        ("Q1", 2026, True),
    ]
