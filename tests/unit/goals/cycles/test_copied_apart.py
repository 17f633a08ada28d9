"""Copies of key results and of links, one by one: what is refused, what keeps its numbers, and which link moves."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import Direction, Kept, LinkKind, LinkState
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import FeedbackLinked
from tests.unit.goals.quarter import Quarter


def left_out(*key_results: Id) -> list[c.CopyKeyResult]:
    return [c.CopyKeyResult(key_result=each, leave_out=True) for each in key_results]


# -- key results -------------------------------------------------------------------------------------------------------


def test_what_is_said_of_a_key_result_that_cannot_be_is_refused(acme: Quarter) -> None:
    first, removed = acme.measure(0, 10), acme.measure(0, 10)
    acme.do(c.RemoveKeyResult(key_result=removed))
    twice = [c.CopyKeyResult(key_result=first)] * 2
    contradictory = [c.CopyKeyResult(key_result=first, leave_out=True, start_value=1)]
    for told, path, reason in [
        ([c.CopyKeyResult(key_result=removed)], ["0", "keyResult"], "no key result of"),
        (twice, ["1", "keyResult"], "named twice"),
        (contradictory, ["0", "leaveOut"], "left out"),
    ]:
        problem = acme.refused(c.CarryOver(to_cycle=acme.next, copy=[acme.asked(key_results=told)]))
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["copy", "0", "keyResults", *path])
        assert reason in problem.message


@pytest.mark.parametrize(
    ("direction", "start", "target", "now"), [(Direction.DECREASE, 9, 5, 5), (Direction.INCREASE, 1, 5, 5)]
)
def test_what_has_come_exactly_to_its_target_has_reached_it(
    acme: Quarter, direction: Direction, start: float, target: float, now: float
) -> None:
    id = acme.measure(start, target, now, direction=direction)
    (warning,) = [
        each
        for each in acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked()])).warnings
        if "reached its target" in each.message
    ]
    assert warning.code is ErrorCode.POLICY
    assert (acme.copied(id).start_value, acme.copied(id).target_value) == (start, target)


def test_numbers_of_old_events_that_go_no_way_are_copied_as_they_are_until_they_are_changed(acme: Quarter) -> None:
    id = acme.measure(0, 10)
    acme.org.begin()
    acme.org.put(replace(acme.org.key_results[id], start_value=20.0))
    acme.org.commit()
    acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked()]), dry_run=True)
    told = [c.CopyKeyResult(key_result=id, target_value=15)]
    problem = acme.refused(c.CarryOver(to_cycle=acme.next, copy=[acme.asked(key_results=told)]))
    assert problem.path == ["copy", "0", "keyResults", "0", "targetValue"]


# -- links -------------------------------------------------------------------------------------------------------------


def test_a_key_result_that_served_one_that_is_left_out_has_one_link_to_the_copy(acme: Quarter) -> None:
    stays, goes = acme.measure(0, 10), acme.measure(0, 10)
    asked = c.ProposeLink(child=stays, parent=goes, because="b", kind=LinkKind.SUPPORTS)
    link = acme.id(asked)
    copy = acme.copy(key_results=left_out(goes))
    assert (acme.link(link).child, acme.link(link).parent) == (stays, goes)
    assert [each.parent for each in acme.org.parents(acme.copied(stays).id)] == [copy.id]


def test_a_proposal_to_a_key_result_that_is_left_out_goes_to_the_copy(acme: Quarter) -> None:
    id, other = acme.measure(0, 10), acme.in_cycle(acme.sales, "Other")
    link = acme.propose(other, id).id
    copy = acme.copy(key_results=left_out(id))
    moved = acme.link(link)
    assert (moved.child, moved.parent, moved.state, moved.round) == (other, copy.id, LinkState.PROPOSED, 2)


def test_of_two_proposals_to_the_goal_and_to_a_key_result_that_is_left_out_the_first_goes_on(acme: Quarter) -> None:
    id, other = acme.measure(0, 10), acme.in_cycle(acme.sales, "Other")
    direct, apart = acme.propose(other, acme.goal).id, acme.propose(other, id).id
    copy = acme.copy(key_results=left_out(id))
    assert (acme.link(direct).parent, acme.link(direct).state) == (copy.id, LinkState.PROPOSED)
    assert (acme.link(apart).parent, acme.link(apart).state) == (id, LinkState.WITHDRAWN)


def test_a_link_up_that_was_declined_is_one_of_the_copy(acme: Quarter) -> None:
    link = acme.propose(acme.goal, acme.in_cycle(acme.sales, "Other")).id
    parent = acme.link(link).parent
    acme.do(c.DeclineLink(link=link, round=1, reason="no"))
    copy = acme.copy()
    assert (acme.link(link).child, acme.link(link).parent) == (copy.id, parent)
    assert acme.link(link).state is LinkState.DECLINED


def test_an_agreed_link_to_a_copy_that_says_something_else_is_to_be_explained_and_not_decided_again(
    acme: Quarter,
) -> None:
    before = acme.link(acme.down)
    copy = acme.copy(title="Something else")
    after = acme.link(acme.down)
    assert (after.parent, after.because_version) == (copy.id, None)
    assert (after.round, after.rounds, after.due_at, after.turn) == (before.round, before.rounds, before.due_at, None)


def test_a_because_of_an_earlier_text_of_a_parent_that_stays_is_still_of_that(acme: Quarter) -> None:
    acme.do(c.UpdateObjective(objective=acme.parent, title="Another"))
    assert acme.link(acme.up).because_version == 1
    acme.copy()
    assert acme.link(acme.up).because_version == 1
    assert not acme.org.explained(acme.link(acme.up))


def test_what_was_judged_of_a_promise_stays_judged_when_only_the_parent_is_copied(acme: Quarter) -> None:
    kept = [c.KeptPromise(link=acme.down, kept=Kept.YES)]
    acme.do(c.CloseObjective(objective=acme.below, grade=1, note="n", kept=kept))
    acme.do(c.ReopenObjective(objective=acme.below, reason="r"))
    copy = acme.copy()
    assert (acme.link(acme.down).parent, acme.link(acme.down).kept) == (copy.id, Kept.YES)


# -- what customers said -----------------------------------------------------------------------------------------------


def test_what_was_said_of_a_removed_key_result_is_not_said_of_the_copy(acme: Quarter) -> None:
    removed = acme.measure(0, 10)
    said = acme.id(l.RecordFeedback(source="s", body="b", about=[acme.goal, removed]))
    acme.do(c.RemoveKeyResult(key_result=removed))
    copy = acme.copy()
    assert acme.org.feedback[said].about == [acme.goal, removed, copy.id]


@pytest.mark.parametrize(("more", "times"), [(998, 1), (999, 0)])
def test_what_is_about_a_thousand_goals_is_about_no_copy(acme: Quarter, more: int, times: int) -> None:
    said = acme.id(l.RecordFeedback(source="s", body="b", about=[acme.goal]))
    acme.org.begin()
    about = [acme.goal, *(f"objective_{number}" for number in range(more))]
    acme.org.put(replace(acme.org.feedback[said], about=about))
    acme.org.commit()
    decision = acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked()]))
    assert sum(isinstance(fact.payload, FeedbackLinked) for fact in decision.facts) == times
    assert len(acme.org.feedback[said].about) == 1_000
