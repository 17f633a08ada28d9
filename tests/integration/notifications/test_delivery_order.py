"""Messages about one alert reach a receiver in order, whatever fails, and do not hold up those about other alerts."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from msgspec import structs

from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alerts import AlertChanged, AlertRaised, AlertResolved
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications.migrations import MIGRATIONS
from services.notifications.webhooks import delivery_store, webhook_store
from services.notifications.webhooks.delivery_loop import ATTEMPTS, PROMPT, SLOW, DeliveryLoop
from services.notifications.webhooks.sender import AttemptResult, Sender
from services.notifications.webhooks.webhook_store import WebhookEndpoint
from tests.support.asgi_server import eventually
from tests.support.encryption_keys import webhook_cipher
from tests.support.entities import T0
from tests.unit.notifications.known_alerts import ALERT, OVER, WORSE, event

FAILED = AttemptResult("the receiver answered 500")
STEPS = ["alert.raised", "alert.changed", "alert.resolved"]


class Scripted(Sender):
    """Answers as `outcomes` says for (alert, type), delivered by default; notes every attempt."""

    def __init__(self) -> None:
        self.outcomes: dict[tuple[str, str], list[AttemptResult]] = {}
        self.sent: list[tuple[str, str]] = []

    async def send(self, webhook: WebhookEndpoint, message: str, body: str, seconds: float) -> AttemptResult:
        decoded = msgspec.json.decode(body)
        what = (decoded["data"]["alert"]["id"], decoded["type"])
        self.sent.append(what)
        await asyncio.sleep(0)
        outcomes = self.outcomes.get(what)
        return outcomes.pop(0) if outcomes else AttemptResult()

    def of(self, alert: str) -> list[str]:
        """The types of attempts about one alert, in order."""
        return [type for about, type in self.sent if about == alert]


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 8, SHARED, MIGRATIONS) as made:
        async with made.acquire() as connection:
            hook = WebhookEndpoint("webhook_1", Secret("https://hooks.example.org/"), None, Secret("whsec_AAAA"))
            await webhook_store.add(connection, webhook_cipher(), "org_1", hook, "person_1", T0)
        yield made


def story(alert: str) -> list[Event]:
    """What happens to one alert."""
    named = [structs.replace(each, id=alert) for each in (ALERT, WORSE, OVER)]
    return [event(AlertRaised(named[0]), 3), event(AlertChanged(named[1]), 4), event(AlertResolved(named[2]), 5)]


async def deliver(pool: Pool, *events: Event) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await webhook_store.queue_deliveries(connection, "org_1", events, {})


async def ended(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT NOT EXISTS (SELECT FROM deliveries WHERE state = 'PENDING')"))


@asynccontextmanager
async def running(pool: Pool, *senders: Sender, first_pause: float = 0.001) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(DeliveryLoop(pool, webhook_cipher(), sender, first_pause).run()) for sender in senders]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def run_until_ended(pool: Pool, *senders: Sender, first_pause: float = 0.001) -> None:
    async with running(pool, *senders, first_pause=first_pause):
        await eventually(lambda: ended(pool))


async def test_resolved_waits_for_raised_that_failed_and_other_alerts_do_not(pool: Pool) -> None:
    sender = Scripted()
    sender.outcomes["alert_1", "alert.raised"] = [FAILED, FAILED, FAILED]
    await deliver(pool, *story("alert_1"), *story("alert_2"))
    await run_until_ended(pool, sender, first_pause=0.05)
    assert sender.of("alert_1") == [*["alert.raised"] * 4, "alert.changed", "alert.resolved"]
    assert sender.of("alert_2") == STEPS
    assert sender.sent.index(("alert_2", "alert.resolved")) < sender.sent.index(("alert_1", "alert.resolved"))


async def test_what_is_written_while_an_earlier_message_waits_waits_too(pool: Pool) -> None:
    sender = Scripted()
    sender.outcomes["alert_1", "alert.raised"] = [FAILED]
    raised, *later = story("alert_1")
    await deliver(pool, raised)
    task = asyncio.create_task(DeliveryLoop(pool, webhook_cipher(), sender, 0.3).run())
    await eventually(lambda: len(sender.sent) == 1)
    await deliver(pool, *later)
    await eventually(lambda: ended(pool))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert sender.of("alert_1") == ["alert.raised", *STEPS]


async def test_after_raised_was_given_up_resolved_is_sent_all_the_same(pool: Pool) -> None:
    sender = Scripted()
    sender.outcomes["alert_1", "alert.raised"] = [FAILED] * ATTEMPTS
    await deliver(pool, *story("alert_1"))
    await run_until_ended(pool, sender, first_pause=1e-6)
    assert sender.of("alert_1") == ["alert.raised"] * ATTEMPTS + STEPS[1:]
    states = await pool.fetch("SELECT state FROM deliveries ORDER BY number")
    assert [row["state"] for row in states] == ["GIVEN_UP", "DELIVERED", "DELIVERED"]


@pytest.mark.parametrize("seed", range(3))
async def test_order_holds_for_every_alert_across_failures_and_processes(pool: Pool, seed: int) -> None:
    chance = random.Random(seed)
    senders = [Scripted(), Scripted()]
    order: list[tuple[str, str]] = []
    senders[0].sent = senders[1].sent = order
    alerts = [f"alert_{number}" for number in range(8)]
    outcomes = {(alert, step): [FAILED] * chance.choice([0, 0, 1, 2]) for alert in alerts for step in STEPS}
    expected: dict[str, list[str]] = defaultdict(list)
    for (alert, step), failures in outcomes.items():
        expected[alert] += [step] * (len(failures) + 1)
    senders[0].outcomes = senders[1].outcomes = outcomes
    first, *others = zip(*(story(alert) for alert in alerts), strict=True)
    await deliver(pool, *first)
    async with running(pool, *senders):  # to the end: who is stopped while it sends may send that again
        for events in others:
            await eventually(lambda: len(order) > 3)
            await deliver(pool, *events)
        await eventually(lambda: ended(pool))
    assert {alert: [type for about, type in order if about == alert] for alert in alerts} == expected


async def test_who_lost_a_receiver_to_another_process_neither_sends_nor_writes(pool: Pool) -> None:
    await deliver(pool, *story("alert_1"))
    (first,) = await delivery_store.lease_receivers(pool, webhook_cipher(), PROMPT, SLOW, {})
    message = await delivery_store.next_message(pool, first, PROMPT.hold)
    assert message is not None
    assert await delivery_store.lease_receivers(pool, webhook_cipher(), PROMPT, SLOW, {}) == []
    await pool.execute("UPDATE webhooks SET leased_until = now()")  # the time of the first has passed
    (second,) = await delivery_store.lease_receivers(pool, webhook_cipher(), PROMPT, SLOW, {})
    again = await delivery_store.next_message(pool, second, PROMPT.hold)
    assert again is not None
    assert (again.id, again.attempt) == (message.id, 2)
    assert await delivery_store.next_message(pool, first, PROMPT.hold) is None
    given_up = delivery_store.DeliveryUpdate("GIVEN_UP", "late", PROMPT.hold)
    await delivery_store.update_delivery(pool, first, message, given_up)
    await delivery_store.disable(pool, first, "late")
    await delivery_store.release(pool, first, PROMPT.hold, 9, True)
    (row,) = await pool.fetch("SELECT failures, slow, disabled_at, holder FROM webhooks")
    assert tuple(row.values()) == (0, False, None, second.holder)
    assert await pool.fetchval("SELECT count(*) FROM deliveries WHERE state = 'PENDING'") == 3


async def test_what_has_waited_for_three_days_is_given_up(pool: Pool) -> None:
    await deliver(pool, *story("alert_1"))
    await pool.execute("UPDATE deliveries SET written_at = now() - interval '73 hours' WHERE number < 3")
    await delivery_store.delete_old(pool)
    rows = await pool.fetch("SELECT state, problem FROM deliveries ORDER BY number")
    assert [tuple(row.values()) for row in rows] == [*[("GIVEN_UP", "not sent in time")] * 2, ("PENDING", None)]


async def test_old_deliveries_are_given_up_and_deleted_in_portions_and_locked_ones_are_left(pool: Pool) -> None:
    await deliver(pool, *story("alert_1"))
    fresh = await pool.fetchval("SELECT count(*) FROM deliveries")
    for state, number in (("DELIVERED", 95), ("PENDING", 35)):
        await pool.execute(
            """INSERT INTO deliveries (organization, webhook, message, body, state, changed_at, written_at)
               SELECT organization, webhook, $1 || round, body, $1,
                      now() - interval '31 days', now() - interval '4 days'
               FROM deliveries, generate_series(1, $2) AS round WHERE number = 1""",
            state,
            number,
        )
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM deliveries WHERE message = 'DELIVERED7' FOR UPDATE")
        await delivery_store.delete_old(pool, batch=10)
    rows = await pool.fetch("SELECT state, count(*) AS number FROM deliveries GROUP BY state ORDER BY state")
    assert [tuple(row.values()) for row in rows] == [("DELIVERED", 1), ("GIVEN_UP", 35), ("PENDING", fresh)]
    await delivery_store.delete_old(pool, batch=10)
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == 35 + fresh
