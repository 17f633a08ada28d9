"""What somebody would write first with the same libraries: FastStream a message at a time, a transaction for each.

It does less than alignment. Of a link it says only whether the goal *itself* now reaches the purpose (a recursive query
upwards), nothing about the goals that hang on it, whether the why is current, or why a chain ends; of everything else
it keeps the row. What it commits and cannot publish any more is never published; duplicates are dropped, but a gap
would stay. It knows the organization as it was founded before it begins.
"""

from __future__ import annotations

import asyncio
import os
import signal
from time import perf_counter
from typing import Any

import asyncpg
import msgspec
from aiokafka import ConsumerRecord
from faststream.kafka import KafkaBroker, TopicPartition
from faststream.kafka.annotations import KafkaMessage

from benchmarks._company import Company
from benchmarks._real_services import RealServices
from goldenthread.contracts.entities import Link
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.envelope import Event, from_headers
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.topics import GOALS, Topic
from goldenthread.launcher.child_process import stop
from goldenthread.launcher.topic_creation import ensure_topics
from goldenthread.runtime.kafka.clients import partition_of

_VERDICTS = "peer.verdicts"
_SECONDS, _WARM = 6.0, 300
_TABLES = """
    DROP TABLE IF EXISTS goals, links, verdicts, position;
    CREATE TABLE goals (id text PRIMARY KEY, row jsonb NOT NULL);
    CREATE TABLE links (id text PRIMARY KEY, child text NOT NULL, parent text NOT NULL, accepted boolean NOT NULL);
    CREATE INDEX ON links (child) WHERE accepted;
    CREATE TABLE verdicts (id text PRIMARY KEY, aligned boolean NOT NULL);
    CREATE TABLE position (sequence bigint NOT NULL)
"""
_LINK = """
    INSERT INTO links VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET accepted = excluded.accepted
"""
_ALIGNED = """
    WITH RECURSIVE above (id) AS (
        SELECT $1::text UNION SELECT links.parent FROM links JOIN above ON links.child = above.id WHERE links.accepted
    )
    SELECT EXISTS (SELECT FROM above WHERE id = $2)
"""
_TURNED = """
    INSERT INTO verdicts AS v VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET aligned = excluded.aligned WHERE v.aligned <> excluded.aligned RETURNING true
"""
_GOAL = "INSERT INTO goals VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET row = excluded.row"
_MOVE = "UPDATE position SET sequence = $1 WHERE sequence < $1 RETURNING true"


async def rate_of_peer(stage: RealServices, company: Company, founding: list[Event]) -> float:
    """Events/s that the peer, a process of its own, folds of what is on the company's partition."""
    await ensure_topics(stage.kafka, [Topic(_VERDICTS, 1, -1)])
    await stage.peer.execute(_TABLES)
    entities = [entity for event in founding for entity in entities_of(event.data)]
    links = [each for each in entities if isinstance(each, Link)]
    others = {each.id: each for each in entities if not isinstance(each, Link)}
    rows = [(id, msgspec.json.encode(each).decode()) for id, each in others.items()]
    await stage.peer.copy_records_to_table("goals", records=rows)
    await stage.peer.copy_records_to_table(
        "links", records=[(each.id, each.child, each.parent, True) for each in links]
    )
    await stage.peer.copy_records_to_table("verdicts", records=[(each.child, True) for each in links])
    await stage.peer.execute("ANALYZE")
    before = founding[-1].sequence
    await stage.peer.execute("INSERT INTO position VALUES ($1)", before)
    process = await stage.process(
        "benchmarks._naive_pipeline",
        KAFKA=stage.kafka,
        DATABASE=stage.peer_url.reveal(),
        PURPOSE=company.purpose.id,
        ORG=company.id,
    )
    try:
        return await _rate(stage, process, before + _WARM)
    finally:
        await stop(process, signal.SIGKILL, 5)


async def _rate(stage: RealServices, process: asyncio.subprocess.Process, after: int) -> float:
    async def reached(sequence: int) -> tuple[int, float]:
        async with asyncio.timeout(60):
            while (at := await stage.peer.fetchval("SELECT sequence FROM position")) < sequence:
                if process.returncode is not None:
                    raise RuntimeError("the peer has ended")
                await asyncio.sleep(0.01)
            return at, perf_counter()

    first, began = await reached(after)
    await asyncio.sleep(_SECONDS)
    last, ended = await reached(first)
    return (last - first) / (ended - began)


def _broker(pool: asyncpg.Pool, organization: str, purpose: str) -> KafkaBroker:
    broker = KafkaBroker(os.environ["KAFKA"], logger=None)
    partition = TopicPartition(GOALS, partition_of(organization))

    async def undecoded(_: object) -> None:
        """The handler decodes."""

    @broker.subscriber(partitions=[partition], auto_offset_reset="earliest", decoder=undecoded)
    async def judge(message: KafkaMessage) -> None:
        raw: ConsumerRecord = message.raw_message
        event = from_headers(raw.headers, raw.value)
        if event.organization != organization:
            return
        async with pool.acquire() as connection, connection.transaction():
            turned = await _fold(connection, event, purpose)
        for goal in turned:
            await broker.publish({"goal": goal, "basis": event.sequence}, _VERDICTS, key=organization.encode())

    return broker


async def _fold(connection: Any, event: Event, purpose: str) -> list[str]:
    """Fold an event in; goals whose verdict it turned."""
    if not await connection.fetchval(_MOVE, event.sequence):
        return []
    turned = []
    for entity in entities_of(event.data):
        if isinstance(entity, Link):
            accepted = entity.state is LinkState.ACCEPTED
            await connection.execute(_LINK, entity.id, entity.child, entity.parent, accepted)
            aligned = await connection.fetchval(_ALIGNED, entity.child, purpose)
            if await connection.fetchval(_TURNED, entity.child, aligned):
                turned.append(entity.child)
        else:
            await connection.execute(_GOAL, entity.id, msgspec.json.encode(entity).decode())
    return turned


async def _main() -> None:
    async with asyncpg.create_pool(os.environ["DATABASE"], min_size=1, max_size=2) as pool:
        broker = _broker(pool, os.environ["ORG"], os.environ["PURPOSE"])
        async with broker:
            await broker.start()
            await asyncio.Event().wait()


if __name__ == "__main__":
    import uvloop

    uvloop.run(_main())
