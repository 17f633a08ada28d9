"""A goal goes on as a copy: the old one closes with its grade, and what hung on it hangs on the copy."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.enums import Direction, Kept, LinkState, ObjectiveState, Side
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events import goals as e
from services.goals.domain.decision import DecisionLimits
from tests.unit.goals.quarter import Quarter, kinds


def test_the_old_goal_closes_with_its_grade_and_the_copy_starts_in_the_next_cycle(acme: Quarter) -> None:
    acme.do(c.UpdateObjective(objective=acme.goal, description="d", accountable=acme.web_member, owners=[acme.web]))
    acme.measure(0, 10)
    acme.later(days=90)
    decision = acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked()]))
    created = [e.ObjectiveCreated, e.KeyResultAdded, e.LinkAccepted, e.LinkMoved, e.LinkMoved]
    assert kinds(decision) == [*created, e.ObjectiveActivated, e.ObjectiveClosed]
    old, new = acme.org.objectives[acme.goal], acme.org.objectives[decision.ids[0]]
    assert (old.state, old.cycle, old.successor, old.ended_at) == (ObjectiveState.CLOSED, acme.cycle, new.id, acme.now)
    assert old.outcome is not None
    assert (old.outcome.grade, old.outcome.note, old.outcome.owners) == (0.7, "Nearly", [acme.web])
    assert (new.title, new.description, new.owners, new.accountable) == ("G", "d", [acme.web], acme.web_member)
    assert (new.state, new.version, new.cycle, new.continues) == (ObjectiveState.ACTIVE, 1, acme.next, acme.goal)
    assert (new.created_at, new.activated_at) == (acme.now, acme.now)
    assert (new.status, new.source_key, new.starts_on, new.outcome) == (None, None, None, None)
    assert acme.of(acme.goal) == new.id


def test_whom_it_invited_decides_about_the_copy(acme: Quarter) -> None:
    acme.do(c.UpdateObjective(objective=acme.goal, owners=[acme.web, acme.sales]), acme.tech_lead)
    assert acme.org.objectives[acme.goal].invited == [acme.sales]
    copy = acme.copy()
    acme.do(c.DecideCoOwnership(objective=copy.id, unit=acme.sales, accept=True), acme.sales_lead)
    assert acme.org.objectives[copy.id].owners == [acme.web, acme.sales]
    assert acme.org.objectives[acme.goal].invited == []


def test_links_up_and_from_below_move_accepted_explained_and_in_their_order(acme: Quarter) -> None:
    before = acme.link(acme.up), acme.link(acme.down)
    copy = acme.copy()
    up, down = acme.link(acme.up), acme.link(acme.down)
    assert (up.child, up.parent, down.child, down.parent) == (copy.id, acme.parent, acme.below, copy.id)
    for now, was in zip((up, down), before, strict=True):
        assert acme.org.explained(now)
        assert (now.accepted_order, now.because, now.in_return) == (was.accepted_order, was.because, was.in_return)
    assert acme.org.parents(acme.goal) == acme.org.children(acme.goal) == []


def test_another_text_is_to_be_reaffirmed_on_both_sides_and_other_words_are_not(acme: Quarter) -> None:
    copy = acme.copy(title="Something else")
    assert copy.title == "Something else"
    assert not acme.org.explained(acme.link(acme.up))
    assert not acme.org.explained(acme.link(acme.down))
    acme.do(c.ReaffirmLinks(links=[acme.up]), acme.web_member)
    assert acme.org.explained(acme.link(acme.up))
    again = Quarter()
    again.copy(title="G, in short", editorial=True)
    assert all(again.org.explained(again.link(each)) for each in (again.up, again.down))


def test_what_was_not_explained_does_not_become_so_by_a_copy(acme: Quarter) -> None:
    acme.do(c.UpdateObjective(objective=acme.goal, title="Second version"))
    assert not acme.org.explained(acme.link(acme.down))
    acme.copy()
    assert not acme.org.explained(acme.link(acme.down))
    assert acme.org.explained(acme.link(acme.up))


def test_a_because_of_a_later_version_stays_explained_at_the_first_version_of_the_copy(acme: Quarter) -> None:
    acme.do(c.UpdateObjective(objective=acme.goal, title="Second version"))
    acme.do(c.ReaffirmLinks(links=[acme.down]))
    assert acme.copy().version == 1
    assert acme.org.explained(acme.link(acme.down))


def test_a_link_of_a_child_that_has_ended_stays_where_it_was(acme: Quarter) -> None:
    acme.do(c.CloseObjective(objective=acme.below, grade=1, note="n"))
    copy = acme.copy()
    assert acme.link(acme.down).parent == acme.goal
    assert acme.org.children(copy.id) == []


@pytest.mark.parametrize("below", [False, True])
@pytest.mark.parametrize("title", [None, "Something else"])
def test_a_proposal_moves_in_its_round_and_gets_a_new_one_only_where_the_text_is_another(
    acme: Quarter, title: str | None, below: bool
) -> None:
    other = acme.in_cycle(acme.sales, "Other")
    link = acme.propose(other, acme.goal) if below else acme.propose(acme.goal, other)
    acme.later(days=2)
    copy = acme.copy(title=title)
    moved = acme.link(link.id)
    assert (moved.parent if below else moved.child) == copy.id
    assert (moved.state, moved.turn) == (LinkState.PROPOSED, Side.PARENT)
    if title is None:
        assert (moved.round, moved.due_at, moved.rounds) == (1, link.due_at, link.rounds)
        acme.do(c.AcceptLink(link=link.id, round=1), None)
        assert acme.org.explained(acme.link(link.id))
    else:
        assert (moved.round, moved.due_at) == (2, acme.now + timedelta(days=7))
        assert moved.rounds[-1].unit == acme.web
        assert acme.refused(c.AcceptLink(link=link.id, round=1)).code is ErrorCode.STALE_VERSION


def test_open_questions_move_and_whom_they_wait_for_has_no_more_time_than_before(acme: Quarter) -> None:
    key_result = acme.measure(0, 10)
    about = [acme.goal, key_result, acme.up, acme.goal]
    ids = [acme.id(l.AskQuestion(about=each, body="?", unit=acme.sales)) for each in about]
    acme.do(l.WithdrawQuestion(question=ids[3]))
    before = [acme.org.questions[id] for id in ids]
    acme.later(days=3)
    copy = acme.copy()
    after = [acme.org.questions[id] for id in ids]
    assert [each.about for each in after] == [copy.id, acme.copied(key_result).id, acme.up, acme.goal]
    assert [(each.awaiting, each.due_at) for each in after] == [(each.awaiting, each.due_at) for each in before]


def test_what_is_said_of_promises_stands_in_its_event_and_the_copy_is_promised_anew(acme: Quarter) -> None:
    said = [c.KeptPromise(link=acme.up, kept=Kept.NO)]
    decision = acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked(kept=said)]))
    broken = next(fact.payload for fact in decision.facts if isinstance(fact.payload, e.PromiseBroken))
    assert (broken.link.child, broken.kept) == (acme.goal, Kept.NO)
    assert (acme.link(acme.up).in_return, acme.link(acme.up).kept) == ("two people", None)
    assert decision.warnings == []
    unsaid = Quarter()
    warned = unsaid.do(c.CarryOver(to_cycle=unsaid.next, copy=[unsaid.asked()])).warnings
    assert [(each.code, each.path) for each in warned] == [(ErrorCode.POLICY, ["copy", "0", "kept"])]


# -- key results -------------------------------------------------------------------------------------------------------

UP, DOWN, ABOVE, BELOW = Direction.INCREASE, Direction.DECREASE, Direction.STAY_ABOVE, Direction.STAY_BELOW


@pytest.mark.parametrize(
    ("direction", "start", "target", "now", "change", "expected"),
    [
        pytest.param(UP, 0, 10, 4, {}, (4, 10, 4), id="from the last value"),
        pytest.param(DOWN, 30, 5, 20, {}, (20, 5, 20), id="down from the last value"),
        pytest.param(UP, 0, 10, None, {}, (0, 10, None), id="nothing measured"),
        pytest.param(UP, 0, None, 4, {}, (4, None, 4), id="no target"),
        pytest.param(UP, 0, 10, 4, {"start_value": 6}, (6, 10, None), id="told to start elsewhere"),
        pytest.param(UP, 0, 10, 4, {"target_value": 20}, (4, 20, 4), id="told another target"),
        pytest.param(UP, 0, 10, 12, {"target_value": 20}, (12, 20, 12), id="reached, and a further target"),
        pytest.param(ABOVE, 90, 99, 97, {}, (90, 99, 97), id="stays above"),
        pytest.param(BELOW, 9, 5, 7, {}, (9, 5, 7), id="stays below"),
    ],
)
def test_a_key_result_starts_at_its_last_value_unless_told(
    acme: Quarter,
    direction: Direction,
    start: float,
    target: float | None,
    now: float | None,
    change: dict[str, Any],
    expected: tuple[float, float | None, float | None],
) -> None:
    id = acme.measure(start, target, now, direction=direction, measure_unit="%")
    acme.org.put(replace(acme.org.key_results[id], description="Of all"))
    told = [c.CopyKeyResult(key_result=id, **change)] if change else []
    copy = acme.copy(key_results=told)
    found = acme.copied(id)
    assert (found.start_value, found.target_value, found.current_value) == expected
    assert (found.measures, found.measure_unit, found.direction) == (copy.id, "%", direction)
    assert found.description == "Of all"
    assert (found.status, found.confidence, found.source_key, found.version) == (None, None, None, 1)
    assert acme.org.explained(acme.org.parents(found.id)[0])
    assert acme.org.check_ins_of.get(found.id) is None


@pytest.mark.parametrize(("direction", "target", "last"), [(UP, 10, 12), (UP, 10, 10), (DOWN, -10, -12)])
def test_what_was_reached_keeps_its_start_and_is_said_with_what_to_do(
    acme: Quarter, direction: Direction, target: float, last: float
) -> None:
    id = acme.measure(0, target, last, direction=direction)
    decision = acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked(kept=[])]))
    found = acme.copied(id)
    assert (found.start_value, found.target_value, found.current_value) == (0, target, last)
    warning = decision.warnings[-1]
    assert (warning.path, "updateKeyResult" in warning.message) == (["copy", "0", "keyResults"], True)


def test_what_is_told_of_key_results_and_cannot_be_is_refused_where_it_stands(acme: Quarter) -> None:
    mine, other = (
        acme.measure(0, 10, 4),
        acme.id(c.AddKeyResult(measures=acme.parent, key_result=c.KeyResultSpec(title="o"))),
    )
    for told, path in [
        ([c.CopyKeyResult(key_result=other)], ["0", "keyResult"]),
        ([c.CopyKeyResult(key_result="keyresult_x")], ["0", "keyResult"]),
        ([c.CopyKeyResult(key_result=mine), c.CopyKeyResult(key_result=mine)], ["1", "keyResult"]),
        ([c.CopyKeyResult(key_result=mine, leave_out=True, target_value=3)], ["0", "leaveOut"]),
        ([c.CopyKeyResult(key_result=mine, start_value=20)], ["0", "targetValue"]),
        ([c.CopyKeyResult(key_result=mine, start_value=float("nan"))], ["0", "startValue"]),
    ]:
        command = c.CarryOver(to_cycle=acme.next, copy=[acme.asked(key_results=told)])
        assert acme.refused(command).path == ["copy", "0", "keyResults", *path]


def test_further_links_of_a_key_result_and_those_from_below_go_with_its_copy(acme: Quarter) -> None:
    id = acme.measure(0, 10)
    up = acme.id(c.ProposeLink(child=id, parent=acme.why, because="b", kind="SUPPORTS"))  # type: ignore[arg-type]
    acme.do(c.AcceptLink(link=up, round=1), acme.executive)
    down = acme.accepted(acme.in_cycle(acme.sales, "Other"), id)
    acme.copy()
    copy = acme.copied(id).id
    assert (acme.link(up).child, acme.link(down).parent) == (copy, copy)
    assert acme.org.explained(acme.link(up))
    assert acme.org.explained(acme.link(down))


def test_what_hung_on_a_key_result_that_is_left_out_hangs_on_the_copy_unexplained(acme: Quarter) -> None:
    id = acme.measure(0, 10)
    up = acme.id(c.ProposeLink(child=id, parent=acme.why, because="b", kind="SUPPORTS"))  # type: ignore[arg-type]
    other = acme.in_cycle(acme.sales, "Other")
    down, double = acme.accepted(other, id), acme.accepted(acme.below, id)
    question = acme.id(l.AskQuestion(about=id, body="?", unit=acme.sales))
    copy = acme.copy(key_results=[c.CopyKeyResult(key_result=id, leave_out=True)])
    assert [each.continues for each in acme.org.key_results.values()] == [None]
    assert acme.link(down).parent == acme.org.questions[question].about == copy.id
    assert acme.org.explained(acme.link(down)) is False
    assert acme.link(double).parent == id, "it serves the copy already"
    assert (acme.link(up).child, acme.link(up).state) == (id, LinkState.WITHDRAWN)


def test_no_accepted_link_is_lost_to_a_proposal_where_both_would_hang_on_the_copy(acme: Quarter) -> None:
    ids = [acme.measure(0, 10), acme.measure(0, 10)]
    left_out = [c.CopyKeyResult(key_result=id, leave_out=True) for id in ids]
    one, other = acme.in_cycle(acme.sales, "One"), acme.in_cycle(acme.sales, "Other")
    asked = [acme.propose(one, acme.goal).id, acme.propose(other, ids[0]).id]
    agreed = [acme.accepted(one, ids[0]), acme.accepted(other, ids[1])]
    copy = acme.copy(key_results=left_out)
    assert [(acme.link(id).parent, acme.link(id).state) for id in agreed] == [(copy.id, LinkState.ACCEPTED)] * 2
    assert [acme.link(id).state for id in asked] == [LinkState.WITHDRAWN] * 2
    assert {"closed" in (acme.link(id).reason or "") for id in asked} == {True}


def test_a_goal_that_served_its_own_key_result_does_not_serve_itself_where_that_is_left_out(acme: Quarter) -> None:
    """Commands refuse such a loop; imported data may have one."""
    id = acme.measure(0, 10)
    acme.org.put(replace(acme.link(acme.up), id="link_loop", parent=id))
    acme.copy(key_results=[c.CopyKeyResult(key_result=id, leave_out=True)])
    assert (acme.link("link_loop").child, acme.link("link_loop").parent) == (acme.goal, id)


def test_a_key_result_that_was_removed_is_not_copied(acme: Quarter) -> None:
    id = acme.measure(0, 10)
    acme.do(c.RemoveKeyResult(key_result=id))
    copy = acme.copy()
    assert acme.org.measures_of.get(copy.id) is None


# -- customers ---------------------------------------------------------------------------------------------------------


def test_what_customers_said_is_about_the_copy_too_the_newest_of_it(acme: Quarter) -> None:
    id = acme.measure(0, 10)
    ids = []
    for about in [[acme.goal]] * DecisionLimits().heard + [[id], [acme.goal, id]]:
        acme.later(hours=1)
        ids.append(acme.id(l.RecordFeedback(source="fair", body="b", about=about)))
    copy = acme.copy()
    own = acme.copied(id).id
    heard = [each for each in ids if {copy.id, own} & {*acme.org.feedback[each].about}]
    assert heard == ids[2:]
    assert acme.org.feedback[ids[-1]].about == [acme.goal, id, copy.id, own]
    assert acme.org.feedback[ids[-2]].about == [id, own]
