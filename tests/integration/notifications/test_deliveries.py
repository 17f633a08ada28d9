"""Several processes share the deliveries: each message goes out once, in order; what always fails is given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec import structs

from goldenthread.contracts.events.alerts import AlertRaised
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications import alert_events
from services.notifications.migrations import MIGRATIONS
from services.notifications.webhooks import webhook_store
from services.notifications.webhooks.delivery_loop import ATTEMPTS, DeliveryLoop
from services.notifications.webhooks.sender import AttemptResult, Sender
from services.notifications.webhooks.webhook_store import WebhookEndpoint
from tests.support.asgi_server import eventually
from tests.support.encryption_keys import webhook_cipher
from tests.support.entities import T0
from tests.unit.notifications.known_alerts import ALERT, event


class Fake(Sender):
    """Notes what it is asked to send."""

    def __init__(self, outcome: AttemptResult) -> None:
        self.outcome = outcome
        self.sent: list[tuple[str, str]] = []
        self.busy: set[str] = set()

    async def send(self, webhook: WebhookEndpoint, message: str, body: str, seconds: float) -> AttemptResult:
        assert webhook.id not in self.busy
        self.busy.add(webhook.id)
        await asyncio.sleep(0.001)
        self.busy.remove(webhook.id)
        self.sent.append((webhook.id, message))
        return self.outcome


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 8, SHARED, MIGRATIONS) as made:
        yield made


async def write(pool: Pool, hooks: int, messages: int) -> list[str]:
    """Webhooks, and messages to each of them; the messages in order."""
    events = [event(AlertRaised(structs.replace(ALERT, id=f"alert_{number}")), 3) for number in range(messages)]
    async with pool.acquire() as connection, connection.transaction():
        for number in range(hooks):
            made = WebhookEndpoint(
                f"webhook_{number}", Secret(f"https://{number}.example.org/"), None, Secret("whsec_AAAA")
            )
            await webhook_store.add(connection, webhook_cipher(), "org_1", made, "person_1", T0)
        for _ in range(2):
            await webhook_store.queue_deliveries(connection, "org_1", events, {})
    return [alert_events.message_id(each) for each in events]


async def test_two_processes_send_each_message_once_and_in_order(pool: Pool) -> None:
    messages, sender = await write(pool, hooks=5, messages=20), Fake(AttemptResult())
    tasks = [asyncio.create_task(DeliveryLoop(pool, webhook_cipher(), sender, 0.01).run()) for _ in range(2)]
    await eventually(lambda: len(sender.sent) >= 100)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert len(sender.sent) == 100
    for number in range(5):
        assert [message for webhook, message in sender.sent if webhook == f"webhook_{number}"] == messages


async def test_what_always_fails_is_given_up_and_stays_visible(pool: Pool) -> None:
    sender = Fake(AttemptResult("the receiver answered 500"))
    await write(pool, hooks=1, messages=1)
    deliveries = DeliveryLoop(pool, webhook_cipher(), sender, 1e-6)
    task = asyncio.create_task(deliveries.run())

    async def given_up() -> bool:
        deliveries.wake()
        (found,) = await webhook_store.statuses(pool, webhook_cipher(), "org_1")
        return (found.given_up, found.problem) == (1, "the receiver answered 500")

    await eventually(given_up)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(sender.sent) == ATTEMPTS
