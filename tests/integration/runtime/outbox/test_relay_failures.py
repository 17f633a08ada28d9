"""The relay when batches are lost, refused, or only said to be lost: nothing is missing, and nothing overtakes."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.broker import Broker
from goldenthread.runtime.outbox import relay as relay_module
from goldenthread.runtime.outbox.batch_publisher import Batch, BatchPublisher, PublishResult
from goldenthread.runtime.outbox.relay import RelayLimits
from goldenthread.runtime.outbox.store import COMMON_RELAY, LARGE_RELAY, move_to_large_relay
from goldenthread.runtime.postgres.database import Pool
from tests.integration.runtime.outbox.relays import Make, everything_published, relaying
from tests.integration.runtime.outbox.streams import in_order, new_organization, topic, write
from tests.support.asgi_server import eventually

SOON = RelayLimits(sweep=0.01)
"""It tries again at once."""


class Failing:
    """A producer some of whose batches fail: before they are sent, or after, when only the answer is lost."""

    def __init__(self, producer: AIOKafkaProducer, dice: random.Random) -> None:
        self._producer, self._dice = producer, dice
        self.start, self.stop = producer.start, producer.stop
        self.partitions_for, self.create_batch = producer.partitions_for, producer.create_batch

    async def send_batch(self, *args: Any, **more: Any) -> Any:
        kind = self._dice.random()
        if kind < 0.1:
            raise KafkaTimeoutError
        sent = await self._producer.send_batch(*args, **more)
        if kind < 0.2:
            await sent
            raise KafkaTimeoutError
        return sent


class Strict:
    """A producer for a topic that takes batches up to a number of bytes."""

    def __init__(self, producer: AIOKafkaProducer, limit: int) -> None:
        self._producer, self._limit = producer, limit
        self.start, self.stop = producer.start, producer.stop
        self.partitions_for, self.create_batch = producer.partitions_for, producer.create_batch

    async def send_batch(self, batch: Any, *args: Any, **more: Any) -> Any:
        if batch.size() > self._limit:
            raise MessageSizeTooLargeError
        return await self._producer.send_batch(batch, *args, **more)


@pytest.mark.parametrize("seed", range(5))
async def test_batches_that_fail_are_sent_again_before_what_follows_them(
    seed: int, pool: Pool, broker: Broker, make: Make
) -> None:
    limits = SOON._replace(round=60, batch=100)
    dice = random.Random(seed)
    organizations, last = [new_organization() for _ in range(8)], {}
    async with topic(broker) as read, relaying(pool, lambda: Failing(make(), dice), limits=limits) as relay:
        for _ in range(10):
            for each in organizations:
                last[each] = (await write(pool, each, dice.randint(1, 12)))[-1]
            relay.wake()
        await eventually(lambda: everything_published(pool))
        for each in organizations:
            await eventually(lambda each=each: read.holds(each, last[each]))  # type: ignore[misc]
    for each in organizations:
        assert len(in_order(read.records[each])) == last[each].sequence


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many batches were to be sent, of each round."""
    published, numbers = BatchPublisher.publish, list[int]()

    async def publish(publisher: BatchPublisher, batches: list[Batch]) -> PublishResult:
        numbers.append(len(batches))
        return await published(publisher, batches)

    monkeypatch.setattr(BatchPublisher, "publish", publish)
    return numbers


async def test_several_batches_of_one_stream_follow_each_other(
    pool: Pool, broker: Broker, make: Make, sent: list[int]
) -> None:
    organization = new_organization()
    async with topic(broker) as read:
        events = await write(pool, organization, 500)
        async with relaying(pool, make, limits=SOON._replace(batch=100)):
            await eventually(lambda: read.holds(organization, events[-1]))
    assert [event.id for event in read.records[organization]] == [event.id for event in events]
    assert max(sent) > 10


async def test_batches_that_are_too_large_for_the_topic_are_sent_in_smaller_ones(
    pool: Pool, broker: Broker, make: Make
) -> None:
    organization = new_organization()
    async with topic(broker) as read:
        events = await write(pool, organization, 200)
        async with relaying(pool, lambda: Strict(make(), 5_000), limits=SOON):
            await eventually(lambda: everything_published(pool))
            await eventually(lambda: read.holds(organization, events[-1]))
    assert [event.id for event in in_order(read.records[organization])] == [event.id for event in events]


@pytest.mark.parametrize("known", [True, False], ids=["for the producer", "for the topic"])
async def test_an_event_that_is_too_large_is_left_out_and_everything_else_is_published(
    known: bool,
    pool: Pool,
    broker: Broker,
    make: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    limits = SOON._replace(record=5_000) if known else SOON
    mine, other = new_organization(), new_organization()
    async with topic(broker) as read:
        before = await write(pool, mine, 3)
        await write(pool, mine, 1, size=6_000)
        after, others = await write(pool, mine, 3), await write(pool, other, 3)
        with caplog.at_level(logging.ERROR):
            async with relaying(pool, lambda: Strict(make(), 1_000_000 if known else 5_000), limits=limits):
                await eventually(lambda: everything_published(pool))
                await eventually(lambda: read.holds(mine, after[-1]))
                await eventually(lambda: read.holds(other, others[-1]))
    assert f"event {mine}/4 (" in caplog.text
    seen = list(dict.fromkeys(event.id for event in read.records[mine]))
    assert seen == [event.id for event in (*before, *after)]
    assert [event.id for event in in_order(read.records[other])] == [event.id for event in others]


async def test_a_stream_that_is_being_written_is_published_once_and_holds_up_nobody(
    pool: Pool, broker: Broker, make: Make
) -> None:
    busy, other = new_organization(), new_organization()
    async with topic(broker) as read:
        first = await write(pool, busy, 3)
        async with pool.acquire() as writer, writer.transaction():
            await writer.execute("SET idle_in_transaction_session_timeout = 0")  # it waits for all that is read here
            await writer.execute("SELECT 1 FROM streams WHERE organization = $1 FOR UPDATE", busy)
            async with relaying(pool, make, limits=SOON) as relay:
                for _ in range(5):
                    last = (await write(pool, other, 1))[-1]
                    relay.wake()
                    await eventually(lambda last=last: read.holds(other, last))  # type: ignore[misc]
                await eventually(lambda: read.holds(busy, first[-1]))
                await writer.execute("COMMIT; BEGIN")
                await eventually(lambda: everything_published(pool))
    assert [event.id for event in read.records[busy]] == [event.id for event in first]


async def test_what_was_set_apart_travels_in_smaller_batches(
    pool: Pool, broker: Broker, make: Make, sent: list[int]
) -> None:
    limits = SOON._replace(batch=20_000)
    batches = dict[int, int]()
    for number in (COMMON_RELAY, LARGE_RELAY):
        organization = new_organization()
        events = await write(pool, organization, 500)
        if number == LARGE_RELAY:
            async with pool.acquire() as connection:
                await move_to_large_relay(connection, organization)
        async with topic(broker) as read, relaying(pool, make, number, limits=limits):
            await eventually(lambda: read.holds(organization, events[-1]))  # noqa: B023
        batches[number] = sum(sent)
        sent.clear()
    assert batches[COMMON_RELAY] < batches[LARGE_RELAY]


async def test_a_row_that_is_no_event_is_left_out_and_holds_up_nobody(
    pool: Pool, broker: Broker, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = new_organization(), new_organization()
    async with topic(broker) as read:
        before, last = await write(pool, broken, 3), (await write(pool, other, 3))[-1]
        await pool.execute("UPDATE outbox SET attributes = '[7]' WHERE organization = $1 AND sequence = 2", broken)
        async with relaying(pool, make, limits=SOON):
            await eventually(lambda: everything_published(pool))
            await eventually(lambda: read.holds(other, last))
            await eventually(lambda: read.holds(broken, before[-1]))
    assert [event.sequence for event in read.records[broken]] == [1, 3]
    assert f"event {broken}/2 cannot be published" in caplog.text


async def test_an_error_that_nobody_foresaw_ends_the_relay_and_one_of_the_broker_does_not(
    pool: Pool, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(pool, new_organization(), 3)
    left: list[Exception] = [KafkaTimeoutError(), KafkaTimeoutError(), KeyError("a bug of ours")]

    class Failing(BatchPublisher):  # and not `publish` of them all: relays of other tests may lead at this moment
        async def publish(self, batches: Sequence[Batch]) -> PublishResult:
            return PublishResult(error=left.pop(0))

    monkeypatch.setattr(relay_module, "BatchPublisher", Failing)
    relay = relay_module.Relay(pool, make, GOALS, limits=SOON)
    with pytest.raises(KeyError, match="a bug of ours"):
        await asyncio.wait_for(relay.run(), 60)
