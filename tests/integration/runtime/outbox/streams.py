"""Streams for the runtime's tests: events of nothing in particular, and the topic read back."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition

from goldenthread.contracts import read_api
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events import goals
from goldenthread.contracts.topics import GOALS, PARTITIONS
from goldenthread.launcher.broker import Broker
from goldenthread.runtime.consumer.decoding import record_of
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Pool

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def new_organization() -> str:
    return f"org_{uuid.uuid4().hex}"


async def write(pool: Pool, organization: str, count: int, *, afresh: bool = False, size: int = 0) -> list[Event]:
    """One commit of `count` events, of `size` bytes or more; `afresh` in place of the whole stream."""
    async with pool.acquire() as connection, connection.transaction():
        if afresh:
            await outbox.clear(connection, organization)
        events = commit(organization, await outbox.head_position(connection, organization), count, size)
        await outbox.append(connection, organization, events)
    return events


def commit(organization: str, head: read_api.StreamPosition, count: int, size: int = 0) -> list[Event]:
    made: list[Event] = []
    for sequence in range(head.sequence + 1, head.sequence + 1 + count):
        event = Event(
            id=uuid.uuid4().hex,
            source=goals.SOURCE,
            type="test.happened",
            time=WHEN,
            subject=organization,
            organization=organization,
            sequence=sequence,
            previous=made[-1].id if made else head.id,
            commit=head.sequence + count,
            data={"number": sequence, "filling": "x" * size},
        )
        made.append(event)
    return made


async def unpublished(pool: Pool) -> int:
    """How many events are not known to be on the broker."""
    return int(await pool.fetchval("SELECT coalesce(sum(sequence - published), 0) FROM streams"))


def in_order(events: Sequence[Event]) -> list[Event]:
    """What a consumer makes of records: duplicates dropped. A hole is an error: nothing was lost on the way."""
    kept: list[Event] = []
    for event in events:
        if len(kept) >= event.sequence:
            assert kept[event.sequence - 1].id == event.id
            continue
        assert event.sequence == len(kept) + 1, f"{event.sequence} came after {len(kept)}"
        kept.append(event)
    return kept


class Topic:
    """Everything on goals' topic about some organizations."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.records: dict[str, list[Event]] = {}

    async def take(self) -> None:
        for batch in (await self._consumer.getmany(timeout_ms=100)).values():
            for raw in batch:
                record = record_of(raw)
                assert record is not None
                assert record.event is not None
                self.records.setdefault(record.organization, []).append(record.event)

    async def holds(self, organization: str, last: Event) -> bool:
        await self.take()
        return any(event.id == last.id for event in self.records.get(organization, []))


@asynccontextmanager
async def topic(broker: Broker) -> AsyncIterator[Topic]:
    """The topic, from now on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.address, group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(GOALS, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        for partition, end in (await consumer.end_offsets(partitions)).items():
            consumer.seek(partition, end)
        yield Topic(consumer)
    finally:
        await consumer.stop()
