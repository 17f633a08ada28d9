"""Several goals go on as copies in one command: links between copies, refusals, who may, and warnings."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import LinkState, ObjectiveState, Requirement
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events import goals as e
from services.goals.domain.decision import DecisionLimits
from tests.unit.goals.quarter import Quarter, kinds


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
def test_links_between_copies_join_the_copies_whatever_the_order(acme: Quarter, order: tuple[int, ...]) -> None:
    three = [acme.parent, acme.goal, acme.below]
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    decision = acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked(three[each]) for each in order]))
    assert [acme.org.objectives[id].continues for id in decision.ids] == [three[each] for each in order]
    for link, child, parent in ((acme.up, acme.goal, acme.parent), (acme.down, acme.below, acme.goal)):
        found = acme.link(link)
        assert (found.child, found.parent, found.state) == (acme.of(child), acme.of(parent), LinkState.ACCEPTED)
        assert acme.org.explained(found)
    assert kinds(decision).count(e.LinkMoved) == 3, "each link moves once"
    assert {acme.org.objectives[id].state for id in decision.ids} == {ObjectiveState.ACTIVE}


def test_under_block_a_copy_without_an_accepted_link_stays_a_draft(acme: Quarter) -> None:
    lonely = acme.in_cycle(acme.sales, "Lonely")
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    decision = acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked(lonely)]))
    assert acme.org.objectives[decision.ids[0]].state is ObjectiveState.DRAFT
    assert "stays a draft" in decision.warnings[-1].message
    other, asked = acme.in_cycle(acme.web, "Other"), acme.in_cycle(acme.sales, "Asked")
    acme.do(c.SetPolicy(alignment_required=Requirement.OFF))
    acme.do(c.ActivateObjective(objective=asked))
    link = acme.propose(other, asked).id
    acme.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    copy = acme.copy(asked)
    assert (acme.link(link).parent, acme.link(link).state) == (copy.id, LinkState.WITHDRAWN), (
        "nobody could decide on it"
    )
    assert "stays a draft" in (acme.link(link).reason or "")


def test_a_draft_has_nothing_to_grade_and_is_carried_over(acme: Quarter) -> None:
    draft = acme.in_cycle(acme.sales, "Draft", activate=False)
    decision = acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked(draft)]))
    assert (kinds(decision), decision.ids) == ([e.ObjectiveCarriedOver], [draft])
    assert "carried over as it is" in decision.warnings[0].message


def test_some_go_on_as_they_are_and_others_as_copies_in_one_call(acme: Quarter) -> None:
    command = c.CarryOver(to_cycle=acme.next, objectives=[acme.parent], copy=[acme.asked()])
    tried = acme.do(command, dry_run=True)
    assert acme.org.objectives[acme.parent].cycle == acme.cycle
    decision = acme.do(command)
    assert kinds(tried) == kinds(decision)
    assert decision.ids == [acme.parent, acme.of(acme.goal)]
    assert acme.org.objectives[acme.parent].cycle == acme.next


def test_what_cannot_be_copied_is_refused_where_it_stands(acme: Quarter) -> None:
    closed = acme.in_cycle(acme.sales, "Closed")
    acme.do(c.CloseObjective(objective=closed, grade=1, note="n"))
    over = acme.id(c.OpenCycle(name="Over", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31)))
    acme.do(c.CloseCycle(cycle=over))
    many = [acme.asked(f"objective_{n}") for n in range(1_001)]
    cases: list[tuple[dict[str, Any], ErrorCode, list[str]]] = [
        ({"copy": [acme.asked(closed)]}, ErrorCode.STATE_NOT_ALLOWED, ["copy", "0", "objective"]),
        ({"copy": [acme.asked("objective_x")]}, ErrorCode.NOT_FOUND, ["copy", "0", "objective"]),
        ({"copy": [acme.asked(grade=2)]}, ErrorCode.INVALID, ["copy", "0", "grade"]),
        ({"copy": [acme.asked(note=" ")]}, ErrorCode.INVALID, ["copy", "0", "note"]),
        ({"copy": [acme.asked(title=" ")]}, ErrorCode.INVALID, ["copy", "0", "title"]),
        ({"copy": [acme.asked(), acme.asked()]}, ErrorCode.INVALID, ["copy", "1"]),
        ({"copy": [acme.asked()], "objectives": [acme.goal]}, ErrorCode.INVALID, ["copy", "0"]),
        ({"copy": [acme.asked()], "to_cycle": acme.cycle}, ErrorCode.INVALID, ["toCycle"]),
        ({"copy": [acme.asked()], "to_cycle": over}, ErrorCode.STATE_NOT_ALLOWED, ["toCycle"]),
        ({"copy": many}, ErrorCode.INVALID, ["objectives"]),
        ({}, ErrorCode.INVALID, ["objectives"]),
    ]
    for change, code, path in cases:
        problem = acme.refused(c.CarryOver(**{"to_cycle": acme.next, **change}))
        assert (problem.code, problem.path) == (code, path)


def test_who_may_decide_copies_and_who_may_change_only_carries_over(acme: Quarter) -> None:
    command = c.CarryOver(to_cycle=acme.next, copy=[acme.asked()])
    assert acme.refused(command, acme.web_member).path == ["copy", "0", "objective"]
    acme.do(command, acme.tech_lead)


def test_a_copy_is_copied_again_and_the_thread_of_copies_leads_to_the_last(acme: Quarter) -> None:
    first = acme.copy()
    third = acme.id(c.OpenCycle(name="Q3", starts_on=date(2027, 4, 1), ends_on=date(2027, 6, 30)))
    second = acme.id(c.CarryOver(to_cycle=third, copy=[acme.asked(first.id)]))
    assert acme.of(acme.goal) == second
    acme.do(c.CloseObjective(objective=second, grade=1, note="n"))
    assert acme.of(acme.goal) == second, "the last, when none is under way"
    acme.do(c.ReopenObjective(objective=first.id, reason="r", cycle=acme.next))
    assert acme.of(acme.goal) == first.id, "the one that is under way"


def test_of_two_copies_the_one_that_is_under_way_goes_on_with_the_goal(acme: Quarter) -> None:
    first = acme.copy()
    acme.do(c.ReopenObjective(objective=acme.goal, reason="r"))
    second = acme.copy()
    assert {*acme.org.continued_by[acme.goal]} == {first.id, second.id}
    acme.do(c.CloseObjective(objective=second.id, grade=1, note="n"))
    assert acme.of(acme.goal) == first.id


def test_who_takes_up_a_goal_again_that_went_on_as_a_copy_is_told_so(acme: Quarter) -> None:
    copy = acme.copy()
    decision = acme.do(c.ReopenObjective(objective=acme.goal, reason="r"))
    assert copy.id in decision.warnings[0].message
    assert acme.link(acme.up).child == copy.id


def test_warnings_of_many_are_the_first_of_them_and_how_many_more(acme: Quarter) -> None:
    acme.limits = DecisionLimits(warnings=1)
    decision = acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked(each) for each in (acme.goal, acme.below)]))
    assert [each.message for each in decision.warnings][1:] == ["And 1 more like these."]


@pytest.mark.parametrize("order", list(permutations(("parent", "goal", "below"))), ids="-".join)
def test_who_is_copied_before_what_it_serves_is_not_said_to_hang_on_nothing(
    acme: Quarter, order: tuple[str, ...]
) -> None:
    asked = [acme.asked(getattr(acme, name)) for name in order]
    warnings = acme.do(c.CarryOver(to_cycle=acme.next, copy=asked)).warnings
    assert not [each.message for each in warnings if "without an accepted link" in each.message]
