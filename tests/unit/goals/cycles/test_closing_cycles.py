"""Closing a cycle: every open objective closes, goes on (as it is, or as a copy) or is put away, in one command."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Link
from goldenthread.contracts.enums import Disposition, Kept, LinkState, ObjectiveState
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events import goals as e
from services.goals.domain.decision import DecisionLimits
from tests.unit.goals.quarter import Quarter, kinds

CLOSE, COPY, CARRY_OVER, ARCHIVE = Disposition.CLOSE, Disposition.COPY, Disposition.CARRY_OVER, Disposition.ARCHIVE


def others(grade: float | None = None, note: str = "It is over") -> c.OthersOutcome:
    return c.OthersOutcome(grade=grade, note=note)


def test_every_objective_ends_as_it_is_said_in_one_commit(acme: Quarter) -> None:
    archived, carried, draft = (acme.in_cycle(acme.sales, title, activate=title != "D") for title in "ACD")
    kept = [c.KeptPromise(link=acme.top, kept=Kept.YES)]
    decision = acme.close_cycle(
        archive=[archived],
        carry_over=[carried],
        copy=[acme.asked()],
        close=[c.OutcomeOf(objective=acme.parent, grade=0.5, note="Half", kept=kept)],
        all_others=ARCHIVE,
    )
    org = acme.org
    assert decision.ids == [acme.cycle]
    assert not org.cycles[acme.cycle].open
    assert [org.objectives[each].state.value for each in (archived, draft, acme.below)] == ["ARCHIVED"] * 3
    assert (org.objectives[carried].state, org.objectives[carried].cycle) == (ObjectiveState.ACTIVE, acme.next)
    assert org.objectives[acme.of(acme.goal)].cycle == acme.next
    outcome = org.objectives[acme.parent].outcome
    assert outcome is not None
    assert (outcome.grade, outcome.note, acme.link(acme.top).kept) == (0.5, "Half", Kept.YES)
    assert kinds(decision)[-1] is e.CycleClosed


def test_a_link_from_a_copy_to_a_parent_that_closes_stays_with_the_parent_that_ended(acme: Quarter) -> None:
    acme.close_cycle(
        close=[c.OutcomeOf(objective=acme.parent, grade=1, note="n")], all_others=COPY, others_outcome=others(1)
    )
    up = acme.link(acme.up)
    assert (up.child, up.parent, up.state) == (acme.of(acme.goal), acme.parent, LinkState.ACCEPTED)
    assert acme.link(acme.top).child == acme.parent


def test_a_link_of_a_child_that_closes_stays_with_the_parent_that_is_copied(acme: Quarter) -> None:
    acme.close_cycle(copy=[acme.asked(acme.parent)], all_others=CLOSE, others_outcome=others(0.5))
    assert (acme.link(acme.up).child, acme.link(acme.up).parent) == (acme.goal, acme.parent)
    assert acme.link(acme.top).child == acme.of(acme.parent)


def test_what_goes_on_with_a_successor_that_is_copied_goes_on_with_the_copy(acme: Quarter) -> None:
    heir = acme.in_cycle(acme.sales, "Heir")
    said = c.OutcomeOf(objective=acme.parent, grade=1, note="n", successor=heir)
    acme.close_cycle(close=[said], copy=[acme.asked(heir)], all_others=CARRY_OVER)
    assert acme.org.objectives[acme.parent].successor == heir
    assert acme.link(acme.up).parent == acme.of(heir)
    assert not acme.org.explained(acme.link(acme.up))


def test_many_goals_with_one_successor_are_handed_over_in_time_proportional_to_what_hung_on_them(
    acme: Quarter, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, children = [], acme.org.children
    heir = acme.id(c.CreateObjective(title="Heir", owners=[acme.sales]))

    def counted(id: str, *states: LinkState) -> list[Link]:
        looks.append(id)
        return children(id, *states)

    monkeypatch.setattr(acme.org, "children", counted)
    ends = [c.OutcomeOf(objective=each, grade=1, note="n", successor=heir) for each in (acme.parent, acme.goal)]
    acme.close_cycle(close=ends, all_others=CARRY_OVER)
    assert looks.count(heir) == 1


def test_a_successor_that_ends_with_the_cycle_is_refused(acme: Quarter) -> None:
    heir = acme.in_cycle(acme.sales, "Heir")
    said = c.OutcomeOf(objective=acme.parent, grade=1, note="n", successor=heir)
    for more in ({"archive": [heir]}, {"all_others": CLOSE, "others_outcome": others(1)}):
        command: Any = {"close": [said], "carry_over": [acme.goal, acme.below], **more}
        problem = acme.refused(c.CloseCycle(cycle=acme.cycle, to_cycle=acme.next, **command))
        assert (problem.code, problem.path) == (ErrorCode.INVALID, ["close", "0", "successor"])


@pytest.mark.parametrize("what", list(Disposition), ids=lambda what: what.value)
def test_all_others_end_so_and_a_draft_has_nothing_to_grade(acme: Quarter, what: Disposition) -> None:
    draft = acme.in_cycle(acme.sales, "D", activate=False)
    said = others(0.25) if what in (CLOSE, COPY) else None
    decision = acme.close_cycle(all_others=what, others_outcome=said)
    org, mine = acme.org, [acme.parent, acme.goal, acme.below]
    found = {org.objectives[each].state for each in mine}
    state = {CLOSE: "CLOSED", COPY: "CLOSED", CARRY_OVER: "ACTIVE", ARCHIVE: "ARCHIVED"}[what]
    assert [each.value for each in found] == [state]
    assert {each.outcome.grade for id in mine if (each := org.objectives[id]).outcome} == ({0.25} if said else set())
    assert [org.continued(each) is not None for each in mine] == [what is COPY] * 3
    goes_on = what in (COPY, CARRY_OVER)
    assert (org.objectives[draft].state.value, org.objectives[draft].cycle) == (
        ("DRAFT", acme.next) if goes_on else ("ARCHIVED", acme.cycle)
    )
    assert acme.link(acme.up).state is LinkState.ACCEPTED
    assert decision.facts


@pytest.mark.parametrize("what", [CLOSE, COPY], ids=lambda what: what.value)
def test_warnings_about_all_others_say_of_which_goal_they_are_and_lead_to_what_is_there(
    acme: Quarter, what: Disposition
) -> None:
    acme.measure(0, 10, 12)
    warnings = acme.close_cycle(all_others=what, others_outcome=others(1)).warnings
    assert {tuple(each.path) for each in warnings} == {("allOthers",)}
    assert "Nobody said of “B” whether what “G” gave in return was kept." in [each.message for each in warnings]


def test_without_a_grade_each_ones_own_progress_is_its_grade(acme: Quarter) -> None:
    acme.measure(0, 10, 4)
    acme.measure(0, 10, 20)
    named = [acme.parent, acme.below]
    acme.close_cycle(carry_over=named, all_others=COPY, others_outcome=others())
    outcome = acme.org.objectives[acme.goal].outcome
    assert outcome is not None
    assert (outcome.grade, outcome.note) == (0.7, "It is over")


def test_a_grade_that_is_a_progress_has_four_digits(acme: Quarter) -> None:
    acme.measure(0, 10, 3)
    acme.measure(0, 10, 6)
    acme.close_cycle(carry_over=[acme.parent, acme.below], all_others=COPY, others_outcome=others())
    outcome = acme.org.objectives[acme.goal].outcome
    assert outcome is not None
    assert outcome.grade == 0.45  # the mean of 0.3 and 0.6 is 0.44999999999999996


def test_what_no_measure_grades_is_refused_and_listed(acme: Quarter) -> None:
    acme.measure(0, 10, 4)
    many = [acme.in_cycle(acme.sales, f"N{n}") for n in range(7)]
    command = c.CloseCycle(cycle=acme.cycle, all_others=CLOSE, others_outcome=others())
    problem = acme.refused(command)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["othersOutcome", "grade"])
    assert problem.nodes == [acme.parent, acme.below, *many]
    assert "“P”" in problem.message
    assert "and 4 more" in problem.message


def test_what_is_not_said_or_said_wrongly_is_refused_where_it_stands(acme: Quarter) -> None:
    draft = acme.in_cycle(acme.sales, "D", activate=False)
    elsewhere = acme.id(c.CreateObjective(title="E", owners=[acme.sales], cycle=acme.next))
    graded, ungraded = (c.OutcomeOf(objective=each, grade=1, note="n") for each in (acme.goal, draft))
    cases: list[tuple[dict[str, Any], ErrorCode, list[str]]] = [
        ({}, ErrorCode.STATE_NOT_ALLOWED, ["cycle"]),
        ({"all_others": CLOSE}, ErrorCode.INVALID, ["othersOutcome"]),
        ({"all_others": COPY}, ErrorCode.INVALID, ["othersOutcome"]),
        ({"all_others": ARCHIVE, "others_outcome": others(1)}, ErrorCode.INVALID, ["othersOutcome"]),
        ({"others_outcome": others(1)}, ErrorCode.INVALID, ["othersOutcome"]),
        ({"all_others": CLOSE, "others_outcome": others(1.5)}, ErrorCode.INVALID, ["othersOutcome", "grade"]),
        ({"all_others": CLOSE, "others_outcome": others(1, " ")}, ErrorCode.INVALID, ["othersOutcome", "note"]),
        ({"all_others": CARRY_OVER, "to_cycle": None}, ErrorCode.INVALID, ["toCycle"]),
        ({"copy": [acme.asked()], "to_cycle": None}, ErrorCode.INVALID, ["toCycle"]),
        ({"close": [graded], "copy": [acme.asked()]}, ErrorCode.INVALID, ["copy", "0"]),
        ({"archive": [acme.goal], "carry_over": [acme.goal]}, ErrorCode.INVALID, ["archive", "0"]),
        ({"archive": [acme.goal, acme.goal]}, ErrorCode.INVALID, ["archive", "1"]),
        ({"close": [graded, graded]}, ErrorCode.INVALID, ["close", "1"]),
        ({"close": [ungraded]}, ErrorCode.STATE_NOT_ALLOWED, ["close", "0", "objective"]),
        ({"close": [c.OutcomeOf(objective=acme.goal, grade=2, note="n")]}, ErrorCode.INVALID, ["close", "0", "grade"]),
        ({"copy": [acme.asked(elsewhere)]}, ErrorCode.INVALID, ["copy", "0", "objective"]),
    ]  # fmt: skip
    for said, code, path in cases:
        problem = acme.refused(c.CloseCycle(**{"cycle": acme.cycle, "to_cycle": acme.next, **said}))
        assert (problem.code, problem.path) == (code, path), said


def test_more_than_is_copied_in_a_moment_is_refused_with_what_to_do(acme: Quarter) -> None:
    key_result = acme.measure(0, 10)
    for about in (acme.goal, key_result, acme.below):
        question = acme.id(l.AskQuestion(about=about, body="?", unit=acme.sales))
    acme.do(l.WithdrawQuestion(question=question))
    acme.id(l.RecordFeedback(source="fair", body="b", about=[acme.goal]))
    command = c.CloseCycle(cycle=acme.cycle, to_cycle=acme.next, all_others=COPY, others_outcome=others(1))
    # 3 objectives, 1 key result, 5 ends of links, 2 questions, 1 of customers
    acme.limits = DecisionLimits(copied=11)
    problem = acme.refused(command)
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["allOthers"])
    assert "carryOver" in problem.message
    acme.limits = DecisionLimits(copied=12)
    acme.do(command)


def test_all_others_of_nothing_left_need_no_outcome(acme: Quarter) -> None:
    acme.close_cycle(carry_over=[acme.parent, acme.goal, acme.below], all_others=CLOSE)
    assert not acme.org.cycles[acme.cycle].open


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=lambda order: "".join(map(str, order)))
def test_in_whichever_order_they_are_named_the_end_is_the_same(order: tuple[int, ...]) -> None:
    def ended(order: tuple[int, ...]) -> set[tuple[str, str, bool]]:
        acme = Quarter()
        three = [acme.parent, acme.goal, acme.below]
        acme.close_cycle(copy=[acme.asked(three[each]) for each in order])
        titles = {each.id: f"{each.title} {each.cycle}" for each in acme.org.objectives.values()}
        links = (each for each in acme.org.links.values() if each.child in titles)
        return {(titles[each.child], titles.get(each.parent, ""), acme.org.explained(each)) for each in links}

    assert ended(order) == ended((0, 1, 2))


def test_a_dry_run_decides_the_same_and_the_administrator_alone_closes(acme: Quarter) -> None:
    command = c.CloseCycle(cycle=acme.cycle, to_cycle=acme.next, all_others=COPY, others_outcome=others(1))
    assert acme.refused(command, acme.sales_lead).code is ErrorCode.FORBIDDEN
    assert kinds(acme.do(command, acme.admin, dry_run=True)) == kinds(acme.do(command, acme.admin))


def test_a_request_of_before_means_what_it_meant_and_is_known_again_by_its_key() -> None:
    for kind, sent, hashed in (
        (c.CarryOver, b'"objectives":["objective_1"],"toCycle":"cycle_1"', b""),
        (c.CloseCycle, b'"cycle":"cycle_1"', b',"carryOver":[],"toCycle":null,"archive":[],"dryRun":false'),
    ):
        before = b'{"type":"' + kind.__name__.encode() + b'",' + sent
        today = b"" if kind is c.CarryOver else b',"close":[]'
        for more in (b"", today + b',"copy":[],"dryRun":false'):  # the gateway leaves no list and no Boolean out
            assert msgspec.json.encode(msgspec.json.decode(before + more + b"}", type=kind)) == before + hashed + b"}"
