"""Cycles at their edges: which days and names they may have, what is said of what stays ended, and where paths lead."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import Disposition, ObjectiveState, Requirement
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events import goals as e
from services.goals.domain.decision import DecisionLimits
from tests.unit.goals.quarter import Quarter, kinds

CLOSE, COPY, ARCHIVE = Disposition.CLOSE, Disposition.COPY, Disposition.ARCHIVE
DAY = date(2028, 1, 1)


def others(grade: float | None = None, note: str = "It is over") -> c.OthersOutcome:
    return c.OthersOutcome(grade=grade, note=note)


def outcome(objective: str, **more: object) -> c.OutcomeOf:
    return c.OutcomeOf(**{"objective": objective, "grade": 1, "note": "n", **more})  # type: ignore[arg-type]


# -- opening -----------------------------------------------------------------------------------------------------------


def test_a_cycle_of_one_day_is_one_and_of_less_is_none(acme: Quarter) -> None:
    acme.do(c.OpenCycle(name="Day", starts_on=DAY, ends_on=DAY))
    problem = acme.refused(c.OpenCycle(name="x", starts_on=DAY, ends_on=date(2027, 12, 31)))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["endsOn"])


def test_two_open_cycles_have_two_names_and_that_of_a_closed_one_may_be_had_again(acme: Quarter) -> None:
    again = c.OpenCycle(name="q2", starts_on=DAY, ends_on=DAY)
    problem = acme.refused(again)
    assert (problem.code, problem.path) == (ErrorCode.CONFLICT, ["name"])
    acme.do(c.CloseCycle(cycle=acme.next))
    acme.do(again)


def test_who_opens_a_cycle_again_is_told_how_many_of_it_go_on_as_another(acme: Quarter) -> None:
    acme.close_cycle(copy=[acme.asked()], all_others=ARCHIVE)
    (warning,) = acme.do(c.ReopenCycle(cycle=acme.cycle, reason="r"), dry_run=True).warnings
    assert (warning.code, warning.path) == (ErrorCode.STATE_NOT_ALLOWED, ["cycle"])
    assert "3 objectives of it stay ended, of which 1 goes on as another. " in warning.message
    acme.do(c.ReopenObjective(objective=acme.goal, reason="r", cycle=acme.next))
    (warning,) = acme.do(c.ReopenCycle(cycle=acme.cycle, reason="r")).warnings
    assert "2 objectives of it stay ended. " in warning.message


def test_what_is_still_open_in_a_closed_cycle_is_not_counted_among_what_ended(acme: Quarter) -> None:
    """Commands leave none behind; older events may have."""
    acme.close_cycle(all_others=ARCHIVE)
    acme.org.begin()
    acme.org.put(replace(acme.org.objectives[acme.below], state=ObjectiveState.DRAFT))
    acme.org.commit()
    (warning,) = acme.do(c.ReopenCycle(cycle=acme.cycle, reason="r")).warnings
    assert "2 objectives of it stay ended" in warning.message


# -- closing -----------------------------------------------------------------------------------------------------------


def test_who_says_that_objectives_go_on_says_where(acme: Quarter) -> None:
    problem = acme.refused(c.CloseCycle(cycle=acme.cycle, to_cycle=acme.cycle, all_others=ARCHIVE))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["toCycle"])
    problem = acme.refused(c.CloseCycle(cycle=acme.cycle, all_others=COPY, others_outcome=others(1)))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["toCycle"])


def test_a_draft_that_is_to_be_copied_is_carried_over_and_that_is_said(acme: Quarter) -> None:
    draft = acme.in_cycle(acme.sales, "Draft", activate=False)
    decision = acme.close_cycle(copy=[acme.asked(draft)], all_others=ARCHIVE)
    assert acme.org.objectives[draft].cycle == acme.next
    assert acme.org.objectives[draft].state is ObjectiveState.DRAFT
    assert [(each.code, each.path) for each in decision.warnings] == [(ErrorCode.STATE_NOT_ALLOWED, ["copy", "0"])]


def test_warnings_about_what_is_named_lead_to_the_field_and_those_of_all_others_to_that(acme: Quarter) -> None:
    decision = acme.close_cycle(close=[outcome(acme.goal)], all_others=CLOSE, others_outcome=others(1))
    assert {tuple(each.path) for each in decision.warnings} == {("close", "0", "kept"), ("allOthers",)}


def test_many_warnings_of_a_closing_are_the_first_of_them_and_how_many_more(acme: Quarter) -> None:
    acme.limits = DecisionLimits(warnings=1)
    warnings = acme.close_cycle(all_others=CLOSE, others_outcome=others(1)).warnings
    assert (warnings[-1].message, warnings[-1].code) == ("And 2 more like these.", ErrorCode.POLICY)


def test_as_many_warnings_as_are_said_are_said_without_more(acme: Quarter) -> None:
    acme.limits = DecisionLimits(warnings=3)
    warnings = acme.close_cycle(all_others=CLOSE, others_outcome=others(1)).warnings
    assert ["more like these" in each.message for each in warnings] == [False] * 3


def test_the_outcome_of_all_others_is_read_though_none_is_left(acme: Quarter) -> None:
    archived = [acme.parent, acme.goal, acme.below]
    command = c.CloseCycle(cycle=acme.cycle, archive=archived, all_others=CLOSE, others_outcome=others(1, " "))
    assert acme.refused(command).path == ["othersOutcome", "note"]


def test_a_grade_that_is_given_is_kept_to_the_last_digit_and_a_progress_to_the_fourth(acme: Quarter) -> None:
    acme.measure(0, 3, 1)
    acme.close_cycle(carry_over=[acme.parent, acme.below], all_others=CLOSE, others_outcome=others())
    first = acme.org.objectives[acme.goal].outcome
    assert first is not None
    assert first.grade == 0.3333
    acme.do(c.CloseCycle(cycle=acme.next, all_others=CLOSE, others_outcome=others(0.123456)))
    second = acme.org.objectives[acme.below].outcome
    assert second is not None
    assert second.grade == 0.123456


def test_an_objective_that_closes_does_not_succeed_itself(acme: Quarter) -> None:
    said = [outcome(acme.goal, successor=acme.goal)]
    problem = acme.refused(c.CloseCycle(cycle=acme.cycle, close=said, all_others=ARCHIVE))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["close", "0", "successor"])
    assert "cannot succeed itself" in problem.message


@pytest.mark.parametrize(("more", "said"), [(2, "“N1”"), (3, "“N1” and 1 more")])
def test_five_of_what_is_not_said_are_named_and_the_others_counted(acme: Quarter, more: int, said: str) -> None:
    for number in range(more):
        acme.in_cycle(acme.sales, f"N{number}")
    problem = acme.refused(c.CloseCycle(cycle=acme.cycle))
    assert f"“P”, “G”, “B”, “N0”, {said}." in problem.message
    assert problem.nodes is not None
    assert len(problem.nodes) == 3 + more


# -- copying -----------------------------------------------------------------------------------------------------------


def test_one_objective_is_copied_however_much_hangs_on_it(acme: Quarter) -> None:
    acme.limits = DecisionLimits(copied=1)
    acme.do(c.CarryOver(to_cycle=acme.next, copy=[acme.asked()]), dry_run=True)
    two = [acme.asked(), acme.asked(acme.below)]
    problem = acme.refused(c.CarryOver(to_cycle=acme.next, copy=two))
    assert (problem.code, problem.path) == (ErrorCode.INVALID, ["copy"])


def test_too_many_things_are_refused_where_the_last_of_them_are_named(acme: Quarter) -> None:
    acme.limits = DecisionLimits(copied=1)
    command = c.CloseCycle(
        cycle=acme.cycle,
        to_cycle=acme.next,
        copy=[acme.asked(), acme.asked(acme.below)],
        all_others=COPY,
        others_outcome=others(1),
    )
    assert acme.refused(command).path == ["allOthers"]


def test_a_copy_has_the_description_that_is_said_or_that_of_its_original(acme: Quarter) -> None:
    acme.do(c.UpdateObjective(objective=acme.goal, description="Fast"))
    assert acme.copy(description="Faster").description == "Faster"
    acme.do(c.ReopenObjective(objective=acme.goal, reason="r"))
    assert acme.copy(acme.goal).description == "Fast"


def test_a_copy_that_is_under_way_without_a_link_is_warned_of_and_one_with_a_link_is_not(acme: Quarter) -> None:
    alone = acme.in_cycle(acme.sales, "Alone")
    for policy, said in ((Requirement.WARN, "is active without"), (Requirement.BLOCK, "stays a draft")):
        acme.do(c.SetPolicy(alignment_required=policy))
        copied = [acme.asked(alone), acme.asked(kept=[c.KeptPromise(link=acme.up, kept="YES")])]  # type: ignore[arg-type]
        warnings = acme.do(c.CarryOver(to_cycle=acme.next, copy=copied), dry_run=True).warnings
        assert ["“Alone”" in each.message and said in each.message for each in warnings] == [True]


def test_what_goes_on_in_the_cycle_it_is_in_changes_nothing(acme: Quarter) -> None:
    assert kinds(acme.do(c.CarryOver(to_cycle=acme.cycle, objectives=[acme.goal]))) == []
    assert kinds(acme.do(c.CarryOver(to_cycle=acme.next, objectives=[acme.goal]))) == [e.ObjectiveCarriedOver]
