"""A receiver that hangs, or whose name nobody resolves, costs its own organization, and delays no other's alert."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from msgspec import structs

from goldenthread.contracts.events.alerts import AlertRaised
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications.migrations import MIGRATIONS
from services.notifications.webhooks import webhook_store
from services.notifications.webhooks.delivery_loop import DeliveryLoop
from services.notifications.webhooks.delivery_store import Lane
from services.notifications.webhooks.sender import AttemptResult, Sender, webhook_client
from services.notifications.webhooks.targets import TargetPolicy
from services.notifications.webhooks.webhook_store import WebhookEndpoint
from tests.support.asgi_server import eventually
from tests.support.encryption_keys import webhook_cipher
from tests.support.entities import T0
from tests.support.fake_name_lookups import FakeNameLookups
from tests.support.webhook_receiver import WebhookReceiver, webhook_receiver
from tests.unit.notifications.known_alerts import ALERT, event

SECRET = Secret("whsec_" + "A" * 43 + "=")
PROMPT = Lane(slots=8, per_organization=3, seconds=0.3)
SLOW = Lane(slots=4, per_organization=1, seconds=1.0)


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 8, SHARED, MIGRATIONS) as made:
        yield made


async def add(pool: Pool, organization: str, *urls: str) -> None:
    """Webhooks of an organization."""
    async with pool.acquire() as connection:
        for number, url in enumerate(urls):
            made = WebhookEndpoint(f"{organization}_hook_{number}", Secret(url), None, SECRET)
            await webhook_store.add(connection, webhook_cipher(), organization, made, "person_1", T0)


async def alert(pool: Pool, organization: str, *alerts: str) -> None:
    """Alerts to every webhook of an organization."""
    raised = [event(AlertRaised(structs.replace(ALERT, id=each)), 3) for each in alerts]
    events = [structs.replace(each, organization=organization) for each in raised]
    async with pool.acquire() as connection, connection.transaction():
        await webhook_store.queue_deliveries(connection, organization, events, {})


@asynccontextmanager
async def running(deliveries: DeliveryLoop) -> AsyncIterator[DeliveryLoop]:
    task = asyncio.create_task(deliveries.run())
    try:
        yield deliveries
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Hanging:
    """A server that takes connections and never says anything; `open` are those of now, `most` that there were."""

    def __init__(self) -> None:
        self.url, self.open, self.most, self.connections = "", 0, 0, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            while await reader.read(10_000):
                pass
        except ConnectionError:
            pass
        finally:
            self.open -= 1
            writer.close()


@pytest.fixture
async def hanging() -> AsyncIterator[Hanging]:
    made = Hanging()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://hanging.example:{server.sockets[0].getsockname()[1]}/"
    yield made
    server.close()


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with webhook_receiver() as made:
        yield made


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    async with webhook_client() as client:
        yield Sender(client, TargetPolicy(FakeNameLookups("127.0.0.1"), private=True))


async def test_nineteen_receivers_that_hang_do_not_delay_another_organization(
    pool: Pool, hanging: Hanging, receiver: WebhookReceiver, sender: Sender
) -> None:
    await add(pool, "org_1", *(f"{hanging.url}{number}" for number in range(19)))
    await add(pool, "org_2", receiver.url)
    await alert(pool, "org_1", "alert_1")
    async with running(DeliveryLoop(pool, webhook_cipher(), sender, 5.0)) as deliveries:
        await eventually(lambda: hanging.open == 4)
        await alert(pool, "org_2", "alert_2")
        deliveries.wake()
        await eventually(lambda: len(receiver.got) == 1)
        assert hanging.most == 4
        assert hanging.connections < 19
        await eventually(lambda: hanging.connections >= 19, 30)
        assert hanging.most <= 6


class Slow(Sender):
    """Takes as long for a receiver of these organizations as it may; others answer at once."""

    def __init__(self, hangs: Callable[[str], bool]) -> None:
        self._hangs = hangs
        self.attempts: list[str] = []
        self.now: Counter[tuple[str, bool]] = Counter()
        self.most: Counter[str] = Counter()

    async def send(self, webhook: WebhookEndpoint, message: str, body: str, seconds: float) -> AttemptResult:
        organization, slow = webhook.id.partition("_hook")[0], seconds > PROMPT.seconds
        self.attempts.append(organization)
        self.now[organization, slow] += 1
        for each in (False, True):
            lane = [count for (_, is_slow), count in self.now.items() if is_slow is each]
            self.most[f"lane {each}"] = max(self.most[f"lane {each}"], sum(lane))
            self.most[f"organization {each}"] = max(self.most[f"organization {each}"], *lane, 0)
        try:
            if not self._hangs(organization):
                return AttemptResult()
            await asyncio.sleep(seconds)
            return AttemptResult("no answer")
        finally:
            self.now[organization, slow] -= 1


async def test_receivers_of_many_organizations_that_hang_leave_room_for_the_next(pool: Pool) -> None:
    bad = [f"bad{number}" for number in range(40)]
    for organization in bad:
        await add(pool, organization, *["https://hanging.example/"] * 5)
        await alert(pool, organization, "alert_1", "alert_2")
    await add(pool, "good", "https://good.example/")
    sender = Slow(lambda organization: organization != "good")
    async with running(DeliveryLoop(pool, webhook_cipher(), sender, 0.1, PROMPT, SLOW)) as deliveries:
        await eventually(lambda: set(bad) <= set(sender.attempts), 30)
        for _ in range(3):
            served = sender.attempts.count("good")
            await alert(pool, "good", f"alert_{served}")
            begun = len(sender.attempts)  # while the alert was written others were served
            deliveries.wake()
            await eventually(lambda served=served: sender.attempts.count("good") > served)  # type: ignore[misc]
            waited_for = len(sender.attempts) - 1 - sender.attempts[::-1].index("good") - begun
            assert waited_for <= 2 * (PROMPT.slots + SLOW.slots)  # those that were claimed before it, and with it
    assert sender.most["lane False"] == PROMPT.slots
    assert sender.most["lane True"] == SLOW.slots
    assert sender.most["organization False"] <= PROMPT.per_organization
    assert sender.most["organization True"] <= SLOW.per_organization


async def test_a_slow_receiver_gets_more_time_and_a_prompt_one_is_prompt_again(pool: Pool) -> None:
    seconds_given: list[float] = []
    waits = [20.0, 3.5, 0.0, 0.0]
    prompt, slow = Lane(slots=8, per_organization=3, seconds=2.5), Lane(slots=4, per_organization=1, seconds=20.0)

    class Waking(Sender):
        def __init__(self) -> None:
            pass

        async def send(self, webhook: WebhookEndpoint, message: str, body: str, seconds: float) -> AttemptResult:
            seconds_given.append(seconds)
            wait = waits.pop(0)
            await asyncio.sleep(min(wait, seconds))
            return AttemptResult() if wait < seconds else AttemptResult("no answer")

    await add(pool, "org_1", "https://sleepy.example/")
    await alert(pool, "org_1", "alert_1", "alert_2", "alert_3")
    async with running(DeliveryLoop(pool, webhook_cipher(), Waking(), 0.01, prompt, slow)):
        await eventually(lambda: not waits)
    assert seconds_given == [prompt.seconds, slow.seconds, slow.seconds, prompt.seconds]


async def test_a_name_that_hangs_is_a_receiver_that_hangs(pool: Pool, receiver: WebhookReceiver) -> None:
    class Some(FakeNameLookups):
        async def addresses(self, host: str) -> list[str]:
            return await (
                FakeNameLookups(hangs=True) if host.endswith(".hang") else FakeNameLookups("127.0.0.1")
            ).addresses(host)

    await add(pool, "org_1", *(f"http://{number}.hang/" for number in range(19)))
    await add(pool, "org_2", receiver.url.replace("127.0.0.1", "receiver.example"))
    await alert(pool, "org_1", "alert_1")
    async with webhook_client() as client:
        sender = Sender(client, TargetPolicy(Some(), private=True))
        async with running(DeliveryLoop(pool, webhook_cipher(), sender, 5.0)) as deliveries:
            await alert(pool, "org_2", "alert_2")
            deliveries.wake()
            await eventually(lambda: len(receiver.got) == 1)
    assert receiver.got[0].headers["host"].startswith("receiver.example:")


async def test_a_receiver_with_much_to_get_leaves_others_their_time(pool: Pool) -> None:
    await add(pool, "org_1", *["https://busy.example/"] * 3)
    await alert(pool, "org_1", *(f"alert_{number}" for number in range(1_000)))
    await add(pool, "org_2", "https://other.example/")
    sender = Slow(lambda organization: False)
    lane = Lane(slots=1, per_organization=1, seconds=0.05)
    async with running(DeliveryLoop(pool, webhook_cipher(), sender, 0.1, lane, SLOW)) as deliveries:
        await eventually(lambda: "org_1" in sender.attempts)
        await alert(pool, "org_2", "alert_1")
        deliveries.wake()
        await eventually(lambda: "org_2" in sender.attempts)
    assert sender.attempts.count("org_1") < 3_000
