"""Rows a second stored in the outbox, and published from it, by one process, with a real PostgreSQL and broker beside.

The rows are an organization's transitions. The same ones are also published the simple way, by which the relay began: a
flag per row, each row sent by itself, a thousand read and marked at a time. No figure is given before all its records
were read on the topic. Where a machine has more to do than this, the processor time of this process tells more than the
rows a second: database and broker take about as much again.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks._folder import temporary
from goldenthread.contracts.envelope import Event, Headers
from goldenthread.contracts.events import alignment
from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import ALIGNMENT, PARTITIONS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.kafka.clients import make_producer
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.relay import Relay
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED

ROWS, MANY, IN_A_COMMIT = 100_000, 1_000, 5_000
_FLAGGED = """
    CREATE TABLE flagged AS SELECT organization, sequence, attributes, data, false AS published FROM outbox;
    ALTER TABLE flagged ADD PRIMARY KEY (organization, sequence);
    CREATE INDEX flagged_unpublished ON flagged (organization, sequence) WHERE NOT published;
"""
_UNPUBLISHED = "SELECT * FROM flagged WHERE NOT published ORDER BY organization, sequence LIMIT 1000"
_MARK = """
    UPDATE flagged SET published = true FROM unnest($1::text[], $2::bigint[]) AS done (organization, sequence)
    WHERE flagged.organization = done.organization AND flagged.sequence = done.sequence
"""


class RelayEnvironment(NamedTuple):
    """What is real."""

    pool: Pool
    settings: ProcessSettings
    read: Counter[TopicPartition]
    """How far, on each partition."""

    def producer(self) -> AIOKafkaProducer:
        """As a service has it."""
        return make_producer(self.settings, "relay")


def measure(rows: int = ROWS) -> dict[str, float]:
    """Rows a second, of `rows` stored and published, and of fewer where it takes longer."""
    return asyncio.run(_measured(rows))


async def _measured(rows: int) -> dict[str, float]:
    found: dict[str, float] = {}
    async with _stand() as stand:
        for size, count in ((1, rows // 100), (100, rows // 2), (IN_A_COMMIT, rows)):
            events = _events("org_stored", count)
            async with _timed(found, f"stored, {size} in a commit", count):
                await _store(stand, [events], size)
            await stand.pool.execute("TRUNCATE streams, outbox")
        one, many = [_events("org_one", rows)], [_events(f"org_{n}", rows // MANY) for n in range(MANY)]
        for what, streams in ((f"{MANY} organizations", many), ("one organization", one)):
            await _store(stand, streams, IN_A_COMMIT)
            await _publish(stand, found, f"published, {what}", rows)
            await stand.pool.execute("TRUNCATE streams, outbox")
        storing = _store(stand, one, IN_A_COMMIT)
        await _publish(stand, found, "stored and published at once, one organization", rows, storing)
        few = rows // 10
        await stand.pool.execute("DELETE FROM outbox WHERE sequence > $1", few)
        await _publish_simply(stand, found, "published the simple way, one organization", few)
    for what in ("rows/s", "µs of processor a row"):
        ours, simple = (f"published{way}, one organization, {what}" for way in ("", " the simple way"))
        found[f"ratio, {what}"] = found[ours] / found[simple]
    return found


@asynccontextmanager
async def _timed(found: dict[str, float], what: str, rows: int) -> AsyncIterator[None]:
    wall, processor = time.perf_counter(), time.process_time()
    yield
    found[f"{what}, rows/s"] = rows / (time.perf_counter() - wall)
    found[f"{what}, µs of processor a row"] = (time.process_time() - processor) / rows * 1e6


def _events(organization: str, count: int) -> list[Event]:
    """Transitions of as many nodes, in commits of `IN_A_COMMIT`."""
    previous, made = None, list[Event]()
    for number in range(1, count + 1):
        node, link, event = f"objective_{uuid.uuid4().hex}", f"link_{uuid.uuid4().hex}", str(uuid.uuid4())
        after = alignment.Verdict(
            alignment.AlignmentState.ORPHANED,
            via=link,
            cause=alignment.OrphanCause.PURPOSE_MISSING,
            broken_at=node,
            lost_parent=node,
        )
        before = alignment.Verdict(alignment.AlignmentState.ALIGNED, 4, 0, link)
        data = alignment.GoalOrphaned(node, after, alignment.Cause(event, number, "purpose.retired"), before)
        made.append(
            Event(
                id=str(uuid.uuid4()),
                source=alignment.SOURCE,
                type="goal.orphaned",
                time=datetime(2026, 1, 1, tzinfo=UTC),
                subject=node,
                organization=organization,
                sequence=number,
                previous=previous,
                commit=min(count, -(-number // IN_A_COMMIT) * IN_A_COMMIT),
                basis=number,
                causationid=event,
                data=data,
            )
        )
        previous = made[-1].id
    return made


@asynccontextmanager
async def _stand() -> AsyncIterator[RelayEnvironment]:
    with temporary() as folder:
        async with Postgres(folder, databases=["relay"]) as postgres, Broker(folder) as broker:
            settings = ProcessSettings(kafka=broker.address, issuer="http://nobody", service_token=Secret("none"))
            async with open_pool(postgres.url("relay"), 4, SHARED) as pool:
                yield RelayEnvironment(pool, settings, Counter())


async def _store(stand: RelayEnvironment, streams: Sequence[list[Event]], size: int) -> None:
    async with stand.pool.acquire() as connection:
        for events in streams:
            for at in range(0, len(events), size):
                async with connection.transaction():
                    await outbox.append(connection, events[0].organization, events[at : at + size])


async def _publish(
    stand: RelayEnvironment, found: dict[str, float], what: str, rows: int, storing: Awaitable[None] | None = None
) -> None:
    """Until `rows` are on the topic and marked, while `storing` is done."""
    relay = Relay(stand.pool, stand.producer, ALIGNMENT)
    async with _reader(stand) as read:
        async with _timed(found, what, rows):
            running = asyncio.create_task(relay.run())
            if storing:
                await storing
            relay.wake()
            while await stand.pool.fetchval("SELECT count(*) FROM streams WHERE published < sequence"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.wait([running])
        await read(rows)


async def _publish_simply(stand: RelayEnvironment, found: dict[str, float], what: str, rows: int) -> None:
    """The same `rows`, with a flag for each."""
    await stand.pool.execute(_FLAGGED)
    async with _reader(stand) as read, stand.pool.acquire() as connection, stand.producer() as producer:
        async with _timed(found, what, rows):
            while got := await connection.fetch(_UNPUBLISHED):
                await asyncio.gather(*[await producer.send(ALIGNMENT, **_record(row)) for row in got])
                await connection.execute(_MARK, *([row[name] for row in got] for name in ("organization", "sequence")))
        await read(rows)


def _record(row: Any) -> dict[str, Any]:
    attributes: dict[str, str] = msgspec.json.decode(row["attributes"])
    headers: Headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    headers.append(("content-type", b"application/json"))
    return {"key": row["organization"].encode(), "value": row["data"], "headers": headers}


@asynccontextmanager
async def _reader(stand: RelayEnvironment) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Reads so many new records on the topic, or raises RuntimeError."""
    partitions = [TopicPartition(ALIGNMENT, number) for number in range(PARTITIONS)]
    async with AIOKafkaConsumer(bootstrap_servers=stand.settings.kafka) as consumer:
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, stand.read[partition])

        async def read(count: int) -> None:
            while count > 0 and (found := await consumer.getmany(timeout_ms=5_000)):
                for partition, records in found.items():
                    count -= len(records)
                    stand.read[partition] = records[-1].offset + 1
            if count:
                raise RuntimeError(f"{abs(count)} records too {'few' if count > 0 else 'many'} are on the topic")

        yield read
