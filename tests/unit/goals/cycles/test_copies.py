"""A goal goes on as a copy: the old one closes with its grade, and what hung on it hangs on the copy."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.enums import Direction, Kept, LinkState, ObjectiveState, Requirement, Side
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events import goals as e
from services.goals.domain.cycles import carry_over, copied_links
from tests.unit.goals.quarter import Quarter, kinds


@pytest.fixture
def acme() -> Quarter:
    return Quarter()


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
    for about in [[acme.goal]] * copied_links.HEARD + [[id], [acme.goal, id]]:
        acme.later(hours=1)
        ids.append(acme.id(l.RecordFeedback(source="fair", body="b", about=about)))
    copy = acme.copy()
    own = acme.copied(id).id
    heard = [each for each in ids if {copy.id, own} & {*acme.org.feedback[each].about}]
    assert heard == ids[2:]
    assert acme.org.feedback[ids[-1]].about == [acme.goal, id, copy.id, own]
    assert acme.org.feedback[ids[-2]].about == [id, own]


# -- many at once ------------------------------------------------------------------------------------------------------


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


def test_warnings_of_many_are_the_first_of_them_and_how_many_more(
    acme: Quarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carry_over, "WARNINGS", 1)
    decision = acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked(each) for each in (acme.goal, acme.below)]))
    assert [each.message for each in decision.warnings][1:] == ["And 1 more like these."]


@pytest.mark.parametrize("order", list(permutations(("parent", "goal", "below"))), ids="-".join)
def test_who_is_copied_before_what_it_serves_is_not_said_to_hang_on_nothing(
    acme: Quarter, order: tuple[str, ...]
) -> None:
    asked = [acme.asked(getattr(acme, name)) for name in order]
    warnings = acme.do(c.CarryOver(to_cycle=acme.next, copy=asked)).warnings
    assert not [each.message for each in warnings if "without an accepted link" in each.message]
