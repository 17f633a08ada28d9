"""The one clock on a real database: what it says once, says again, and takes back, at times the test chooses."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import ObjectiveState, Requirement
from goldenthread.contracts.events.goals import LinkWithdrawn
from goldenthread.contracts.events.goals.clock import DayClosed, GraceEnded, LinkOverdue
from goldenthread.runtime.clock import new_id
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.timekeeper import Timekeeper
from tests.integration.goals.goals_harness import GoalsHarness


def graces(said: list[Any]) -> list[tuple[str, str, bool]]:
    return [(each.node, each.grace.value, each.ended) for each in said if isinstance(each, GraceEnded)]


async def test_a_link_is_overdue_once_in_every_round_that_nobody_answers(harness: GoalsHarness) -> None:
    (sales, lead), (tech, other) = await harness.unit("sales"), await harness.unit("tech")
    parent, child = await harness.objective(owners=[sales]), await harness.objective(owners=[tech])
    link = await harness.do(c.ProposeLink(child=child, parent=parent, because="It helps"), other)
    rounds = [each.round for each in await harness.tick(days=8) if isinstance(each, LinkOverdue)]
    assert rounds == [1]
    await harness.do(c.CounterLink(link=link, round=1, in_return="Two people"), lead)
    assert not [each for each in await harness.tick(days=6) if isinstance(each, LinkOverdue)]
    rounds = [each.round for each in await harness.tick(days=2) if isinstance(each, LinkOverdue)]
    assert rounds == [2]
    assert not [each for each in await harness.tick(days=30) if isinstance(each, LinkOverdue)]


async def test_not_linked_has_grace_from_the_later_of_activation_and_the_cycles_start(harness: GoalsHarness) -> None:
    cycle = await harness.do(c.OpenCycle(name="Q2", starts_on=date(2026, 4, 1), ends_on=date(2026, 6, 30)))
    now, then = await harness.objective(), await harness.objective(cycle=cycle)
    assert graces(await harness.tick(days=14)) == [(now, "LINKING", True)]
    harness.now = datetime(2026, 4, 14, 23, tzinfo=UTC)
    assert graces(await harness.tick()) == []
    assert graces(await harness.tick(hours=1)) == [(then, "LINKING", True)]


async def test_a_policy_takes_an_end_back_and_the_clock_says_it_again_when_it_comes(harness: GoalsHarness) -> None:
    one = await harness.objective()
    assert graces(await harness.tick(days=15)) == [(one, "LINKING", True)]
    await harness.do(c.SetPolicy(grace_days=30))
    assert graces([(await harness.events())[-1].data]) == [(one, "LINKING", False)]
    assert graces(await harness.tick(days=14)) == []
    assert graces(await harness.tick(days=1)) == [(one, "LINKING", True)]
    await harness.do(c.SetPolicy(grace_days=10))
    assert graces(await harness.tick(days=60)) == []


async def test_a_policy_that_shortens_a_grace_lets_it_end_now(harness: GoalsHarness) -> None:
    one = await harness.objective()
    assert graces(await harness.tick(days=5)) == []
    await harness.do(c.SetPolicy(grace_days=3))
    assert graces(await harness.tick()) == [(one, "LINKING", True)]


async def test_a_handover_begins_anew_when_an_objective_was_reopened_even_as_a_draft(harness: GoalsHarness) -> None:
    one = await harness.objective()
    await harness.do(c.CloseObjective(objective=one, grade=1, note="Done"))
    assert graces(await harness.tick(days=15)) == [(one, "HANDOVER", True)]
    await harness.do(c.SetPolicy(alignment_required=Requirement.BLOCK))
    await harness.do(c.ReopenObjective(objective=one, reason="Not quite"))
    events = await harness.events()
    assert ObjectiveState.DRAFT in [getattr(getattr(each.data, "objective", None), "state", None) for each in events]
    assert graces([events[-1].data]) == [(one, "HANDOVER", False)]
    await harness.do(c.SetPolicy(alignment_required=Requirement.OFF))
    await harness.do(c.ActivateObjective(objective=one))
    assert graces(await harness.tick(days=14)) == [(one, "LINKING", True)]
    await harness.do(c.CloseObjective(objective=one, grade=1, note="Done"))
    assert graces(await harness.tick(days=13)) == []
    assert graces(await harness.tick(days=1)) == [(one, "HANDOVER", True)]


async def test_a_day_is_closed_once_each_however_long_the_clock_stood_still(harness: GoalsHarness) -> None:
    await harness.tick(days=3)
    await harness.tick(hours=1)
    await harness.tick(days=1)
    days = [each.data.day for each in await harness.events() if isinstance(each.data, DayClosed)]
    assert days == [date(2026, 1, day) for day in (5, 6, 7, 8)]


async def closed(harness: GoalsHarness) -> list[date]:
    return [each.data.day for each in await harness.events() if isinstance(each.data, DayClosed)]


@pytest.mark.parametrize("restarted", [False, True])
async def test_after_a_leap_ahead_and_back_every_day_is_closed_when_it_is_over(
    harness: GoalsHarness, restarted: bool
) -> None:
    keeper = Timekeeper(harness.pool, harness.goals, lambda: harness.now)

    async def said() -> list[Any]:
        before = len(await harness.events())
        while await keeper.round():
            pass
        return [each.data for each in (await harness.events())[before:]]

    one = await harness.objective()
    harness.now += timedelta(days=2)
    assert [each.day for each in await said() if isinstance(each, DayClosed)] == [date(2026, 1, 5), date(2026, 1, 6)]
    harness.now += timedelta(days=100)
    ahead = await said()
    assert [each.day for each in ahead if isinstance(each, DayClosed)] == [
        date(2026, 1, 7) + timedelta(days=n) for n in range(100)
    ]
    assert graces(ahead) == [(one, "LINKING", True)]
    assert await said() == []

    harness.now -= timedelta(days=99)
    if restarted:
        keeper = Timekeeper(harness.pool, harness.goals, lambda: harness.now)
    back = await said()
    assert graces(back) == [(one, "LINKING", False)]
    assert not [each for each in back if isinstance(each, DayClosed)]
    for n in range(20):
        harness.now += timedelta(days=1)
        told = await said()
        assert [each.day for each in told if isinstance(each, DayClosed)] == [date(2026, 1, 8) + timedelta(days=n)]
        assert graces(told) == ([(one, "LINKING", True)] if harness.now.date() == date(2026, 1, 19) else [])
    assert await said() == []


async def test_a_clock_that_falls_behind_says_nothing_until_it_is_right_and_then_nothing_twice(
    harness: GoalsHarness,
) -> None:
    keeper = Timekeeper(harness.pool, harness.goals, lambda: harness.now)
    for _ in range(5):
        harness.now += timedelta(days=1)
        await keeper.round()
    days = await closed(harness)
    assert days == [date(2026, 1, day) for day in (5, 6, 7, 8, 9)]
    for behind in (50, 49, 3, 0):
        harness.now = datetime(2026, 1, 10, 9, tzinfo=UTC) - timedelta(days=behind)
        await keeper.round()
        await Timekeeper(harness.pool, harness.goals, lambda: harness.now).round()
        assert await closed(harness) == days
    harness.now += timedelta(days=1)
    await keeper.round()
    assert await closed(harness) == [*days, date(2026, 1, 10)]


async def test_what_streams_of_before_left_proposed_to_an_ended_goal_is_withdrawn_when_the_day_is_over(
    harness: GoalsHarness,
) -> None:
    (sales, _), (tech, other) = await harness.unit("sales"), await harness.unit("tech")
    parent, child = await harness.objective(owners=[sales]), await harness.objective(owners=[tech])
    link = await harness.do(c.ProposeLink(child=child, parent=parent, because="It helps"), other)
    await harness.pool.execute(  # as a release of before has left it
        "UPDATE entities SET state = jsonb_set(state, '{state}', '\"CLOSED\"') WHERE organization = $1 AND id = $2",
        harness.id,
        parent,
    )
    harness.goals = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: harness.now, new_id)
    withdrawn = [each for each in await harness.tick(days=1) if isinstance(each, LinkWithdrawn)]
    assert [(each.link.id, each.link.state, each.link.turn) for each in withdrawn] == [(link, "WITHDRAWN", None)]
    assert not [each for each in await harness.tick(days=30) if isinstance(each, LinkOverdue | LinkWithdrawn)]


async def test_dates_at_the_end_of_time_neither_fail_nor_stop_the_clock(harness: GoalsHarness) -> None:
    cycle = await harness.do(c.OpenCycle(name="For ever", starts_on=date(9999, 12, 31), ends_on=date(9999, 12, 31)))
    early = await harness.do(c.OpenCycle(name="Long ago", starts_on=date(1, 1, 1), ends_on=date(1, 1, 1)))
    one, two = await harness.objective(cycle=cycle), await harness.objective(cycle=early)
    for each in (one, two):
        await harness.do(c.CloseObjective(objective=each, grade=1, note="Done"))
    await harness.do(c.SetPolicy(grace_days=365, handover_days=365))
    assert graces(await harness.tick(days=1)) == [(two, "HANDOVER", True)]
    await harness.do(c.SetPolicy(handover_days=0))
    assert graces(await harness.tick(days=1)) == []


async def test_what_a_clock_says_is_said_once_by_however_many_clocks(harness: GoalsHarness) -> None:
    one = await harness.objective()
    second = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: harness.now, new_id)
    harness.now += timedelta(days=14)
    await harness.goals.tick(harness.id)
    await second.tick(harness.id)
    said = [each.data for each in await harness.events()]
    assert graces(said) == [(one, "LINKING", True)]
    assert len({msgspec.json.encode(each) for each in said}) == len(said)
