"""Progress: own and contributed are apart, clamped, and defined on any graph."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.views.progress import GoalProgress
from goldenthread.contracts.entities import KeyResult
from goldenthread.contracts.enums import Direction, LinkKind, LinkState, ObjectiveState
from goldenthread.organization.measured_progress import of_key_result
from tests.support.entities import T0, key_result, link, objective, organization

numbers = st.none() | st.floats(-1e6, 1e6)


def measure(
    id: str = "keyresult_1",
    of: str = "objective_1",
    start: float | None = 0,
    target: float | None = 10,
    now: float | None = None,
    direction: Direction = Direction.INCREASE,
) -> KeyResult:
    made = key_result(id, of)
    return structs.replace(made, start_value=start, target_value=target, current_value=now, direction=direction)


@pytest.mark.parametrize(
    ("start", "target", "now", "direction", "expected"),
    [
        (0, 10, 5, Direction.INCREASE, 0.5),
        (0, 10, 15, Direction.INCREASE, 1.0),
        (0, 10, -5, Direction.INCREASE, 0.0),
        (0, 10, None, Direction.INCREASE, 0.0),
        (10, 10, 10, Direction.INCREASE, 1.0),
        (None, 8, 2, Direction.INCREASE, 0.25),
        (20, 10, 15, Direction.DECREASE, 0.5),
        (20, 10, 9, Direction.DECREASE, 1.0),
        (None, 10, 15, Direction.DECREASE, None),
        (None, 10, 10, Direction.DECREASE, 1.0),
        (None, 10, None, Direction.DECREASE, None),
        (None, 0, 3, Direction.INCREASE, None),
        (None, 0, 3, Direction.DECREASE, None),
        (None, 0, 0, Direction.INCREASE, 1.0),
        (None, 0, None, Direction.INCREASE, None),
        (10, 0, 3, Direction.DECREASE, 0.7),
        (None, 0, 3, Direction.STAY_BELOW, 0.0),
        (0, 0, 3, Direction.INCREASE, None),
        (10, 10, 8, Direction.INCREASE, None),
        (10, 10, 12, Direction.INCREASE, None),
        (10, 10, 12, Direction.DECREASE, None),
        (20, 10, 15, Direction.INCREASE, None),
        (None, -8, -2, Direction.INCREASE, None),
        (None, -8, -2, Direction.DECREASE, 0.25),
        (-20, -10, -15, Direction.INCREASE, 0.5),
        (-10, -20, -15, Direction.DECREASE, 0.5),
        (None, 10, 11, Direction.STAY_ABOVE, 1.0),
        (None, 10, 9, Direction.STAY_ABOVE, 0.0),
        (None, 10, 9, Direction.STAY_BELOW, 1.0),
        (None, 10, None, Direction.STAY_BELOW, 0.0),
        (0, None, 5, Direction.INCREASE, None),
    ],
)
def test_progress_of_a_key_result(
    start: float | None, target: float | None, now: float | None, direction: Direction, expected: float | None
) -> None:
    assert of_key_result(measure(start=start, target=target, now=now, direction=direction)) == expected


@given(numbers, numbers, numbers, st.sampled_from(Direction))
def test_progress_is_always_within_0_and_1(
    start: float | None, target: float | None, now: float | None, direction: Direction
) -> None:
    value = of_key_result(measure(start=start, target=target, now=now, direction=direction))
    assert value is None or (target is not None and 0 <= value <= 1)


@given(numbers, numbers, numbers, st.sampled_from([Direction.INCREASE, Direction.DECREASE]))
def test_progress_is_known_where_there_is_a_way_or_the_target_is_reached_and_nowhere_else(
    start: float | None, target: float | None, now: float | None, direction: Direction
) -> None:
    value = of_key_result(measure(start=start, target=target, now=now, direction=direction))
    first, sign = start or 0.0, 1 if direction is Direction.INCREASE else -1
    stands = now if now is not None else start
    if target is None:
        assert value is None
    elif sign * (target - first) > 0:
        assert value is not None
        if stands is None or sign * (stands - first) <= 0:
            assert value == 0.0
        elif sign * (stands - target) >= 0:
            assert value == 1.0
    elif stands == target:
        assert value == 1.0
    else:
        below = direction is Direction.DECREASE and stands is not None and stands < target
        assert value == (1.0 if below else None)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_way_down_is_a_way_up_seen_from_the_other_side(start: float, target: float, now: float) -> None:
    up = of_key_result(measure(start=start, target=target, now=now))
    down = of_key_result(measure(start=-start, target=-target, now=-now, direction=Direction.DECREASE))
    assert up == down or start >= target


@given(st.floats(-1e6, 1e6))
def test_a_target_of_nothing_without_a_start_tells_no_direction(now: float) -> None:
    for direction in (Direction.INCREASE, Direction.DECREASE):
        value = of_key_result(measure(start=None, target=0, now=now, direction=direction))
        assert value is None or now == 0 or (direction is Direction.DECREASE and now < 0)


def test_progress_of_an_objective_is_the_mean_of_its_measurable_key_results() -> None:
    org = organization(
        objective("objective_1"),
        measure("keyresult_1", now=10),
        measure("keyresult_2", now=5),
        measure("keyresult_3", target=None),
        structs.replace(measure("keyresult_4", now=0), removed=True),
    )
    assert GoalProgress(org).own("objective_1") == 0.75


def test_progress_is_null_without_a_measurable_key_result() -> None:
    org = organization(objective("objective_1"), measure(target=None))
    assert GoalProgress(org).own("objective_1") is None
    assert GoalProgress(org).contributed("objective_1") is None


def test_contributed_progress_is_weighted_and_never_mixed_into_progress() -> None:
    org = organization(
        *(objective(f"objective_{n}") for n in (1, 2, 3, 4)),
        measure("keyresult_2", "objective_2", now=10),
        measure("keyresult_3", "objective_3", now=0),
        measure("keyresult_4", "objective_4", now=0),
        link("link_2", "objective_2", "objective_1", weight=0.75),
        link("link_3", "objective_3", "objective_1", weight=0.25),
        structs.replace(link("link_4", "objective_4", "objective_1"), kind=LinkKind.SUPPORTS),
    )
    assert GoalProgress(org).contributed("objective_1") == 0.75
    assert GoalProgress(org).own("objective_1") is None


def test_contributed_progress_reaches_through_children_without_measures() -> None:
    org = organization(
        *(objective(f"objective_{n}") for n in (1, 2, 3)),
        measure("keyresult_3", "objective_3", now=4),
        link("link_2", "objective_2", "objective_1"),
        link("link_3", "objective_3", "objective_2"),
    )
    assert GoalProgress(org).contributed("objective_1") == pytest.approx(0.4)


def continued(start: float, target: float, **of_parent: Any) -> float | None:
    """What a goal is contributed whose child came from 0 to 8 of 10, and went on as a copy with these two."""
    before, after = T0 + timedelta(days=10), T0 + timedelta(days=100)
    copied = structs.replace(objective("objective_3"), continues="objective_2", created_at=after)
    first = structs.replace(measure("keyresult_2", "objective_2", 0, 10, 8), created_at=before)
    second = structs.replace(
        measure("keyresult_3", "objective_3", start, target, start), created_at=after, continues="keyresult_2"
    )
    parent = structs.replace(objective("objective_1"), **of_parent)
    up = link("link_1", "objective_3", "objective_1")
    org = organization(parent, objective("objective_2", ObjectiveState.CLOSED), copied, first, second, up)
    progress = GoalProgress(org)
    assert progress.own("objective_3") == of_key_result(second), "its own progress is that of its cycle"
    return progress.contributed("objective_1")


def test_a_goal_that_goes_on_counts_the_whole_way_of_children_that_were_copied() -> None:
    assert continued(start=8, target=10) == 0.8
    assert continued(start=8, target=16) == 0.5


def test_a_goal_that_begins_with_the_copy_counts_the_way_of_the_copy_alone() -> None:
    assert continued(start=8, target=10, created_at=T0 + timedelta(days=100)) == 0


def test_a_measure_that_starts_anew_counts_from_there() -> None:
    assert continued(start=0, target=10) == 0
    assert continued(start=5, target=10) == 0


def test_weights_that_sum_to_nothing_give_null() -> None:
    org = organization(
        objective("objective_1"), measure("keyresult_2", "objective_2", now=1), objective("objective_2"),
        link("link_2", "objective_2", "objective_1", weight=0.0),
    )  # fmt: skip
    assert GoalProgress(org).contributed("objective_1") is None


def test_a_node_on_a_loop_has_no_contributed_progress_but_the_one_above_it_may() -> None:
    org = organization(
        *(objective(f"objective_{n}") for n in (1, 2, 3)),
        measure("keyresult_2", "objective_2", now=10),
        link("link_1", "objective_2", "objective_1"),
        link("link_2", "objective_3", "objective_2"),
        link("link_3", "objective_2", "objective_3"),
    )
    progress = GoalProgress(org)
    assert progress.contributed("objective_2") is None
    assert progress.contributed("objective_3") is None
    assert progress.contributed("objective_1") == 1.0


names = st.sampled_from([f"objective_{n}" for n in range(6)])


@given(
    st.lists(st.tuples(names, names, st.sampled_from([None, 0.0, 0.5, 1.0])), max_size=12), st.permutations(range(6))
)
@settings(deadline=None)
def test_contributed_progress_does_not_depend_on_the_order_of_asking(
    edges: list[tuple[str, str, float | None]], order: list[int]
) -> None:
    links = [link(f"link_{n}", child, parent, weight=weight) for n, (child, parent, weight) in enumerate(edges)]
    org = organization(
        *(objective(f"objective_{n}") for n in range(6)),
        *(measure(f"keyresult_{n}", f"objective_{n}", now=n) for n in (0, 1)),
        *links,
    )
    fresh = {f"objective_{n}": GoalProgress(org).contributed(f"objective_{n}") for n in range(6)}
    shared = GoalProgress(org)
    assert {f"objective_{n}": shared.contributed(f"objective_{n}") for n in order} == fresh
    assert all(each.state is LinkState.ACCEPTED for each in links)


def test_contributed_progress_does_not_depend_on_the_order_in_which_links_came() -> None:
    values = {"objective_1": 1, "objective_2": 2, "objective_3": 3}
    measures = [measure(f"keyresult_{child}", child, now=now) for child, now in values.items()]
    links = [link(f"link_{child}", child, "objective_0", weight=1.0) for child in values]
    nodes = [objective(f"objective_{n}") for n in range(4)]
    found = {
        GoalProgress(organization(*nodes, *measures, *order)).contributed("objective_0")
        for order in (links, links[::-1])
    }
    assert len(found) == 1
