"""One organization whose data lets its clock raise: the days of the others close, and its own once it is mended."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from prometheus_client import REGISTRY

from goldenthread.contracts.events.goals.clock import DayClosed
from goldenthread.runtime.clock import new_id
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.timekeeper import Pauses, Timekeeper
from tests.integration.goals.goals_harness import GoalsHarness
from tests.support.asgi_server import eventually

SPOILT = {
    "an entity that cannot be read": (
        """UPDATE entities SET state = jsonb_set(state, '{owners}', '17') WHERE organization = $1 AND id LIKE 'obj%'""",
        """UPDATE entities SET state = jsonb_set(state, '{owners}', '[]') WHERE organization = $1 AND id LIKE 'obj%'""",
    ),
    "a timer of no kind": (
        "INSERT INTO timers (organization, kind, subject, due_at) VALUES ($1, 'NONSENSE', 'x', '2026-01-01')",
        "DELETE FROM timers WHERE organization = $1 AND kind = 'NONSENSE'",
    ),
    "a stream that does not end where it is said to": (
        "UPDATE streams SET sequence = sequence - 1 WHERE organization = $1",
        "UPDATE streams SET sequence = sequence + 1 WHERE organization = $1",
    ),
}


async def days(harness: GoalsHarness) -> list[date]:
    return [each.data.day for each in await harness.events() if isinstance(each.data, DayClosed)]


@pytest.mark.parametrize(("spoil", "mend"), SPOILT.values(), ids=SPOILT)
async def test_a_clock_that_raises_stops_alone_also_after_a_restart_and_goes_on_once_mended(
    harness: GoalsHarness, spoil: str, mend: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = GoalsHarness(harness.pool)
    await other.open()
    await harness.objective()
    await harness.pool.execute(spoil, harness.id)
    now = harness.now + timedelta(days=2)
    for _ in range(2):  # a process, and the one that is started after it
        at = 0.0
        pauses = Pauses(now=lambda: at)  # noqa: B023
        goals = Goals(harness.pool, HeadStateCache(10), lambda: None, lambda: now, new_id)  # noqa: B023
        keeper = Timekeeper(harness.pool, goals, lambda: now, pauses)  # noqa: B023
        running = asyncio.create_task(keeper.run())
        await eventually(lambda: harness.id in pauses.quarantined)  # noqa: B023
        await eventually(lambda: closed(other, (now - timedelta(days=1)).date()))  # noqa: B023
        assert not running.done()
        running.cancel()
        await asyncio.wait([running])
        assert REGISTRY.get_sample_value("goldenthread_quarantined_clocks") == 1
        now += timedelta(days=1)
    assert f"the clock of {harness.id} is quarantined" in caplog.text
    await harness.pool.execute(mend, harness.id)
    await keeper.round()
    assert await days(harness) == [], "it has its pause"
    at += 5
    await keeper.round()
    assert await days(harness) == [date(2026, 1, day) for day in (5, 6, 7, 8)]
    assert pauses.quarantined == set()


async def closed(harness: GoalsHarness, day: date) -> bool:
    return day in await days(harness)
