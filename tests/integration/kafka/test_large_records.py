"""An event of several megabytes reaches every kind of consumer, and one that is too large holds nobody up."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer

from gateway.live.kafka_tail import KafkaTail
from gateway.live.organization_cache import OrganizationCache
from goldenthread.contracts.envelope import Event, encode_data, to_headers
from goldenthread.contracts.events import goals
from goldenthread.contracts.registry import name_of
from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import GOALS, MAX_RECORD
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.faststream_broker import make_broker
from goldenthread.runtime.kafka.clients import make_producer
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.relay import Relay
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.projection import BatchReceipt, Projection
from goldenthread.runtime.streams.upstream import Record
from services.alignment.subscribers import subscribe
from tests.integration.kafka.conftest import Configure
from tests.integration.runtime.outbox.streams import unpublished
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.asgi_server import eventually
from tests.support.entities import T0, unit

pytestmark = pytest.mark.kafka

MEGABYTE = 1024 * 1024


def commits(organization: str, *sizes: int) -> list[Event]:
    """An import for each of `sizes`, which names that many bytes of missing rows."""
    made: list[Event] = []
    for number, size in enumerate(sizes, 1):
        data = goals.PlanImported("plan.csv", "csv", 0, 0, 0, 0, ["x" * size])
        made.append(event(organization, number, data, made[-1].id if made else None))
    return made


def event(organization: str, number: int, data: Any, previous: str | None) -> Event:
    return Event(
        id=uuid.uuid4().hex,
        source=goals.SOURCE,
        type=name_of(data),
        time=T0,
        subject=organization,
        organization=organization,
        sequence=number,
        previous=previous,
        commit=number,
        data=data,
    )


async def publish(settings: ProcessSettings, events: list[Event]) -> None:
    async with make_producer(settings, "large") as producer:
        for each in events:
            headers, key = to_headers(each), each.organization.encode()
            await producer.send_and_wait(GOALS, encode_data(each.data), key=key, headers=headers)


class Heard:
    """In place of a projection and of the gateway's cache: keeps the events of one organization."""

    def __init__(self, organization: str) -> None:
        self.organization = organization
        self.events: list[Event] = []
        self.stats: dict[str, int] = {}
        self.quarantined: list[str] = []
        self.sources: tuple[str, ...] = ()

    def assign(self, partitions: set[int]) -> None: ...

    def revoke(self, partitions: set[int]) -> None: ...

    def owns(self, organization: str) -> bool:
        return organization == self.organization

    async def consume(self, records: list[Record]) -> BatchReceipt:
        self.events += [each.event for each in records if each.event and each.organization == self.organization]
        return BatchReceipt([])

    def wants(self, organization: str) -> bool:
        return organization == self.organization

    def deliver(self, event: Event) -> None:
        self.events.append(event)


async def test_an_event_of_several_megabytes_reaches_a_group_in_its_place(settings: ProcessSettings) -> None:
    sent = commits(f"org_{uuid.uuid4().hex}", 10, 5 * MEGABYTE, 10, 15 * MEGABYTE, 10)
    heard, broker = Heard(sent[0].organization), make_broker(settings, "large")
    subscribe(broker, settings, cast("Projection[Any]", heard), f"test-{uuid.uuid4().hex}")
    await publish(settings, sent)
    async with broker:
        await broker.start()
        await eventually(lambda: len(heard.events) >= len(sent))
    assert heard.events == sent


async def test_an_event_of_several_megabytes_reaches_the_gateway_in_its_place(settings: ProcessSettings) -> None:
    sent = commits(f"org_{uuid.uuid4().hex}", 10, 5 * MEGABYTE, 10, 15 * MEGABYTE, 10)
    heard = Heard(sent[0].organization)
    tail = KafkaTail(settings, cast(OrganizationCache, heard))
    reading = asyncio.create_task(tail.run())
    try:
        await asyncio.wait_for(tail.started.wait(), 30)
        await publish(settings, sent)
        await eventually(lambda: len(heard.events) >= len(sent))
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    assert heard.events == sent


async def write(pool: Pool, organization: str, events: list[Event]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await outbox.append(connection, organization, events)


async def values_until(kafka: ApacheKafka, topic: str, *last: bytes) -> list[bytes]:
    """Everything on the topic until it held each of `last`."""
    values: list[bytes] = []
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka.address, auto_offset_reset="earliest") as consumer:
        while not set(last) <= set(values):
            values.append((await asyncio.wait_for(consumer.getone(), 30)).value)
    return values


async def until_published(pool: Pool) -> None:
    deadline = time.monotonic() + 30
    while await unpublished(pool):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("limit", [MAX_RECORD, MEGABYTE], ids=["for the producer", "for the topic"])
async def test_an_event_that_is_too_large_is_left_to_the_replay_and_everybody_elses_go_on(
    limit: int,
    kafka: ApacheKafka,
    settings: ProcessSettings,
    configure: Configure,
    database: Secret,
    caplog: pytest.LogCaptureFixture,
) -> None:
    topic = await configure(max_message_bytes=str(limit))
    mine = commits("org_1", 10, limit, 20)
    small = [event("org_2", 1, goals.UnitCreated(unit()), None)]
    async with open_pool(database, 2, SHARED) as pool:
        await write(pool, "org_1", mine)
        await write(pool, "org_2", small)
        relay = Relay(pool, lambda: make_producer(settings, "relay"), topic)
        with caplog.at_level(logging.ERROR):
            running = asyncio.create_task(relay.run())
            try:
                seen = await values_until(kafka, topic, encode_data(mine[2].data), encode_data(small[0].data))
                await until_published(pool)
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)
    assert "event org_1/2 (" in caplog.text
    assert set(seen) == {encode_data(each.data) for each in (mine[0], mine[2], small[0])}
