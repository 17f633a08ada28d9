"""How many deliveries wait: of a receiver that is down they stay, and show as such; of others they go out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import structs

from goldenthread.contracts.events.alerts import AlertRaised
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications.migrations import MIGRATIONS
from services.notifications.webhooks import webhook_store
from services.notifications.webhooks.delivery_loop import DeliveryLoop
from services.notifications.webhooks.pending_deliveries import MOST, QUERY, PendingDeliveries
from services.notifications.webhooks.sender import AttemptResult, Sender
from services.notifications.webhooks.webhook_store import WebhookEndpoint
from tests.support.asgi_server import eventually
from tests.support.encryption_keys import webhook_cipher
from tests.support.entities import T0
from tests.support.exposed_metrics import value_of
from tests.unit.notifications.known_alerts import ALERT, event

PENDING, AGE = "goldenthread_webhook_pending_deliveries", "goldenthread_webhook_pending_age_seconds"


class Receivers(Sender):
    """Those that are down refuse everything."""

    def __init__(self, down: set[str]) -> None:
        self.down = down

    async def send(self, webhook: WebhookEndpoint, message: str, body: str, seconds: float) -> AttemptResult:
        return AttemptResult("the receiver is down" if webhook.id in self.down else None)


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 8, SHARED, MIGRATIONS) as made:
        yield made


async def write(pool: Pool, hooks: int, messages: int) -> None:
    """Webhooks `webhook_0` and so on, and messages to each of them."""
    events = [event(AlertRaised(structs.replace(ALERT, id=f"alert_{number}")), 3) for number in range(messages)]
    async with pool.acquire() as connection, connection.transaction():
        for number in range(hooks):
            made = WebhookEndpoint(f"webhook_{number}", Secret("https://example.org/"), None, Secret("whsec_AAAA"))
            await webhook_store.add(connection, webhook_cipher(), "org_1", made, "person_1", T0)
        await webhook_store.queue_deliveries(connection, "org_1", events, {})


@asynccontextmanager
async def running(*work: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_deliveries_to_a_receiver_that_is_down_wait_until_it_is_back(pool: Pool) -> None:
    await write(pool, hooks=2, messages=3)
    receivers = Receivers({"webhook_1"})
    loop = DeliveryLoop(pool, webhook_cipher(), receivers, 0.05)
    async with running(PendingDeliveries(pool).run(0.05)):
        await eventually(lambda: value_of(PENDING, receiver="answering") == 6)
        async with running(loop.run()):
            await eventually(lambda: value_of(PENDING, receiver="failing") == 3)
            await eventually(lambda: value_of(PENDING, receiver="answering") == 0)
            assert value_of(AGE, receiver="answering") == 0
            before = value_of(AGE, receiver="failing")
            await asyncio.sleep(0.2)
            assert value_of(AGE, receiver="failing") >= before + 0.2
            receivers.down.clear()

            def all_delivered() -> bool:
                loop.wake()
                return value_of(PENDING, receiver="failing") + value_of(PENDING, receiver="answering") == 0

            await eventually(all_delivered)
            assert value_of(AGE, receiver="failing") == 0


async def test_many_messages_to_a_receiver_that_is_down_hide_none_of_a_receiver_that_answers(pool: Pool) -> None:
    await write(pool, hooks=2, messages=2)
    await pool.execute("UPDATE webhooks SET failures = 1 WHERE id = 'webhook_0'")
    await pool.execute(
        """INSERT INTO deliveries (organization, webhook, message, body)
           SELECT 'org_1', 'webhook_0', n::text, '{}' FROM generate_series(1, $1::int) AS n""",
        MOST,
    )
    await pool.execute("UPDATE deliveries SET written_at = now() - interval '1 day' WHERE webhook = 'webhook_0'")
    found = PendingDeliveries(pool)
    await found.look()
    assert (found.count(True), found.count(False)) == (MOST, 2)
    assert 0 < found.age(False) < 3600 < found.age(True)


async def test_the_question_reads_only_the_index_of_what_waits(pool: Pool) -> None:
    await write(pool, hooks=1, messages=1)
    async with pool.acquire() as connection:
        await connection.execute(
            """INSERT INTO deliveries (organization, webhook, message, body, state)
               SELECT 'org_1', 'webhook_0', n::text, '{}', 'DELIVERED' FROM generate_series(1, 20000) AS n;
               ANALYZE deliveries; ANALYZE webhooks"""
        )
        plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {QUERY}", MOST))
    assert "using deliveries_due" in plan, plan
    assert "Limit" in plan, plan
    assert "Seq Scan on deliveries" not in plan, plan
