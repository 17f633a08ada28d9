"""How far a why has come: who is counted, level by level, and who is silent at which stage."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.views.why_coverage import COUNTED, SilentStage, coverage
from goldenthread.contracts.entities import WhyAnswer
from goldenthread.contracts.enums import AnswerStance, ObjectiveState, WhyState
from goldenthread.organization.organization import Organization
from goldenthread.organization.why_cascade import CascadeRole, cascade
from tests.support.entities import T0, link, objective, organization, purpose, unit, why

NOW = T0 + timedelta(days=30)


def answer(id: str, unit: str, stance: AnswerStance = AnswerStance.TAKES_PART, **other: Any) -> WhyAnswer:
    made = WhyAnswer(f"answer_{id}", "why_1", unit, 1, stance, "we will", "person_a", T0, T0)
    return structs.replace(made, **other)


def company(*more: Any) -> Organization:
    """A why of the root, told to A; below A are C and, below that, D. B is not addressed."""
    told = structs.replace(why("why_1"), audience=["unit_a"], told={"unit_a": T0})
    return organization(
        unit("unit_c", "unit_a"), unit("unit_d", "unit_c"), purpose(), told,
        link("link_1", "why_1", "purpose_1"), *more,
    )  # fmt: skip


def silent(org: Organization, now: datetime = NOW) -> dict[str, SilentStage]:
    return {each.unit: each.stage for each in coverage(org, org.whys["why_1"], now).silent}


def test_who_waits_is_held_up_by_the_unit_above_that_has_not_answered() -> None:
    org = company()
    found = coverage(org, org.whys["why_1"], T0)
    assert (found.addressed, found.answered, found.confirmed, found.overdue) == (3, 0, 0, 0)
    assert [(each.depth, each.addressed, each.answered) for each in found.by_level] == [(1, 1, 0), (2, 1, 0), (3, 1, 0)]
    assert [(each.unit, each.stage, each.holds_up, each.held_up_by) for each in found.silent] == [
        ("unit_a", SilentStage.NOT_ANSWERED, 2, None),
        ("unit_c", SilentStage.NOT_PASSED_ON, 0, "unit_a"),
        ("unit_d", SilentStage.NOT_PASSED_ON, 0, "unit_a"),
    ]


def test_who_owes_is_overdue_once_the_days_to_reply_are_over() -> None:
    org = company()
    (owing, *waiting) = coverage(org, org.whys["why_1"], NOW).silent
    assert (owing.since, owing.due_at, owing.overdue) == (T0, T0 + timedelta(days=7), True)
    assert all((each.due_at, each.overdue) == (None, False) for each in waiting)
    assert coverage(org, org.whys["why_1"], NOW).overdue == 1
    assert coverage(org, org.whys["why_1"], T0 + timedelta(days=7)).overdue == 0


def test_a_unit_without_a_part_in_it_answers_for_all_below() -> None:
    org = company(answer("a", "unit_a", AnswerStance.NO_PART))
    found = coverage(org, org.whys["why_1"], NOW)
    assert (found.addressed, found.answered, found.silent) == (1, 1, [])


def test_a_unit_that_takes_part_with_nothing_linked_is_silent_in_deed() -> None:
    org = company(answer("a", "unit_a"), objective("objective_1"))
    assert silent(org) == {"unit_a": SilentStage.NOTHING_LINKED, "unit_c": SilentStage.NOT_ANSWERED,
                           "unit_d": SilentStage.NOT_PASSED_ON}  # fmt: skip


def test_a_goal_of_a_unit_below_counts_also_by_way_of_other_goals() -> None:
    org = company(
        answer("a", "unit_a"), objective("objective_1", owner="unit_b"), objective("objective_2", owner="unit_c"),
        link("link_2", "objective_1", "why_1", 2), link("link_3", "objective_2", "objective_1", 3),
    )  # fmt: skip
    assert "unit_a" not in silent(org)


def test_an_ended_goal_does_not_count() -> None:
    org = company(
        answer("a", "unit_a"), objective("objective_1", ObjectiveState.CLOSED), link("link_2", "objective_1", "why_1")
    )
    assert silent(org)["unit_a"] is SilentStage.NOTHING_LINKED


def test_who_still_hangs_on_a_retired_why_is_told_so() -> None:
    org = company(
        answer("a", "unit_a"), why("why_2", state=WhyState.RETIRED), objective("objective_1"),
        link("link_2", "objective_1", "why_2", 2),
    )  # fmt: skip
    assert silent(org)["unit_a"] is SilentStage.LINKED_TO_RETIRED


def test_a_confirmed_answer_counts_until_the_why_moves_on() -> None:
    org = company(answer("a", "unit_a", confirmed_by="person_root", confirmed_at=T0))
    assert coverage(org, org.whys["why_1"], NOW).confirmed == 1
    org.put(structs.replace(org.whys["why_1"], version=2))
    found = coverage(org, org.whys["why_1"], NOW)
    assert (found.answered, found.confirmed, found.addressed) == (0, 0, 3)


def test_of_a_retired_why_nothing_is_asked() -> None:
    org = company(answer("a", "unit_a"))
    org.put(structs.replace(org.whys["why_1"], state=WhyState.RETIRED))
    found = coverage(org, org.whys["why_1"], NOW)
    assert (found.addressed, found.by_level, found.silent) == (0, [], [])


parents = st.lists(st.integers(0, 100), min_size=1, max_size=12)
stances = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(AnswerStance)), max_size=8)


@given(parents, stances, st.sets(st.integers(0, 12), min_size=1))
@settings(deadline=None)
def test_every_addressed_unit_is_counted_once_and_everybody_who_waits_is_held_up_by_one(
    tree: list[int], said: list[tuple[int, AnswerStance]], audience: set[int]
) -> None:
    units = [f"unit_{n}" for n in range(len(tree) + 1)]
    rows = [unit(units[0], "unit_root"), *(unit(units[n], units[p % n]) for n, p in enumerate(tree, 1))]
    told = structs.replace(why("why_1"), audience=[units[n] for n in audience if n < len(units)])
    answers = [answer(str(n), units[n], stance) for n, stance in said if n < len(units)]
    org = organization(*rows, purpose(), told, *answers)
    found = coverage(org, told, NOW)
    parts = {each.unit: each.part for each in cascade(org, told)}
    assert found.addressed == sum(part in COUNTED for part in parts.values())
    assert found.addressed == sum(each.addressed for each in found.by_level)
    assert found.answered == sum(each.answered for each in found.by_level)
    assert sum(each.holds_up for each in found.silent) == sum(part is CascadeRole.WAITS for part in parts.values())
    assert all((each.held_up_by is not None) == (each.stage is SilentStage.NOT_PASSED_ON) for each in found.silent)
