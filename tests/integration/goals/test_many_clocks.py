"""The clocks of very many organizations that have something due at the same moment, as they all have at midnight."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from goldenthread.runtime.postgres.database import Pool
from services.goals.stores import timers_store
from services.goals.stores.timers_store import MOST_DUE, organizations_due
from tests.integration.goals.goals_harness import GoalsHarness

NOW = datetime(2030, 1, 1, tzinfo=UTC)


async def _due(pool: Pool, organization: str, count: int, at: datetime) -> None:
    await pool.execute(
        """INSERT INTO timers (organization, kind, subject, due_at)
           SELECT $1, 'LINKING', number::text, $3 FROM generate_series(1, $2) AS number""",
        organization,
        count,
        at,
    )


@pytest.fixture
async def pool_without_timers(harness: GoalsHarness) -> AsyncIterator[Pool]:
    """No other organization has a clock here, and none of these is left over for other tests."""
    await harness.pool.execute("DELETE FROM timers")
    yield harness.pool
    await harness.pool.execute("DELETE FROM timers")


async def test_those_whose_timers_are_due_longest_come_first(pool_without_timers: Pool) -> None:
    pool = pool_without_timers
    for number in range(2 * MOST_DUE):
        await _due(pool, f"org_{number:03}", 2, NOW - timedelta(minutes=number))
    found = await organizations_due(pool, NOW)
    assert found == [f"org_{number:03}" for number in reversed(range(MOST_DUE, 2 * MOST_DUE))]
    assert set(await organizations_due(pool, NOW, found)).isdisjoint(found)
    assert await organizations_due(pool, NOW - timedelta(days=1)) == []


async def test_an_organization_with_very_many_timers_keeps_no_other_waiting(
    pool_without_timers: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timers_store, "_LOOKED_AT", 50)
    await _due(pool_without_timers, "org_large", 200, NOW - timedelta(hours=1))
    await _due(pool_without_timers, "org_small", 1, NOW)
    assert set(await organizations_due(pool_without_timers, NOW)) == {"org_large", "org_small"}


async def test_no_more_timers_are_read_than_are_looked_at(pool_without_timers: Pool) -> None:
    pool = pool_without_timers
    await pool.execute(
        """INSERT INTO timers (organization, kind, subject, due_at)
           SELECT 'org_' || number, 'DAY', '', $1 FROM generate_series(1, 20000) AS number""",
        NOW,
    )
    await pool.execute("ANALYZE timers")
    plan = "\n".join(
        row[0]
        for row in await pool.fetch(
            f"EXPLAIN (ANALYZE, TIMING OFF) {timers_store._LONGEST_DUE}", NOW, [], MOST_DUE, timers_store._LOOKED_AT
        )
    )
    assert "timers_due" in plan, plan
    assert "Seq Scan" not in plan, plan
    assert len(await organizations_due(pool, NOW)) == MOST_DUE
