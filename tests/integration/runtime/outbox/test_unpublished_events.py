"""How many events wait for the broker, and since when: as every process that has the outbox finds it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.ports import free_port
from goldenthread.runtime.outbox.unpublished_events import MOST, QUERY, UnpublishedEvents
from goldenthread.runtime.postgres.database import Pool
from tests.integration.runtime.outbox.relays import Make, making, relaying
from tests.integration.runtime.outbox.streams import new_organization, write
from tests.support.asgi_server import eventually
from tests.support.exposed_metrics import value_of

EVENTS, AGE = "goldenthread_outbox_pending_events", "goldenthread_outbox_age_seconds"


@asynccontextmanager
async def looking(pool: Pool) -> AsyncIterator[None]:
    task = asyncio.create_task(UnpublishedEvents(pool, GOALS).run(0.05))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_while_the_broker_is_away_events_wait_ever_longer_and_then_none_does(
    pool: Pool, make: Make, issuer: object
) -> None:
    async with looking(pool):
        async with relaying(pool, making(f"127.0.0.1:{free_port()}", issuer)):  # type: ignore[arg-type]
            for count in (3, 4):
                await write(pool, new_organization(), count)
            await eventually(lambda: value_of(EVENTS, topic=GOALS) == 7)
            first = value_of(AGE, topic=GOALS)
            await asyncio.sleep(0.3)
            assert value_of(AGE, topic=GOALS) >= first + 0.3
            assert value_of(EVENTS, topic=GOALS) == 7
        async with relaying(pool, make):
            await eventually(lambda: value_of(EVENTS, topic=GOALS) == 0)
            assert value_of(AGE, topic=GOALS) == 0


async def test_an_event_waits_since_it_was_written_whatever_its_own_time_is(pool: Pool) -> None:
    organization = new_organization()
    await write(pool, organization, 1)  # of an event that happened months ago
    found = UnpublishedEvents(pool, GOALS)
    await found.look()
    assert 0 <= found.age() < 60
    await pool.execute("UPDATE streams SET published = 1")
    await write(pool, organization, 2)
    await pool.execute("UPDATE outbox SET written_at = now() - interval '100 s' WHERE sequence = 1")
    await pool.execute("UPDATE outbox SET written_at = now() - interval '50 s' WHERE sequence = 2")
    await found.look()
    assert found.events == 2
    assert 50 <= found.age() < 100


async def test_the_age_of_an_event_of_the_release_before_is_that_of_its_own_time(pool: Pool) -> None:
    await write(pool, new_organization(), 1)
    await pool.execute("UPDATE outbox SET written_at = NULL")
    now = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)
    found = UnpublishedEvents(pool, GOALS, lambda: now)
    await found.look()
    assert found.age() == 30
    now -= timedelta(minutes=1)
    assert found.age() == 0, "a clock that is behind makes no negative age"


async def test_the_question_reads_the_index_of_unpublished_streams_and_one_row_of_each(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await connection.execute(
            """INSERT INTO streams (organization, sequence, published) SELECT 'org_' || n, 5, 5
               FROM generate_series(1, 20000) AS n; UPDATE streams SET published = 4 WHERE organization = 'org_7';
               INSERT INTO outbox (organization, sequence, "commit", id, type, subject, attributes, data)
               SELECT 'org_' || n, 5, 5, 'x', 'x', 'x', '{"time":"2026-01-01T00:00:00Z"}', '' FROM
               generate_series(1, 20000) AS n;
               ANALYZE streams; ANALYZE outbox"""
        )
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {QUERY}", MOST))
    assert "streams_unpublished" in plan, plan
    assert "outbox_pkey" in plan, plan
    assert "Seq Scan" not in plan, plan
