"""The relay: publishes committed outbox rows, in order per organisation, and marks them.

One process leads (a session's advisory lock). It is woken in memory by this process, by NOTIFY from others, and sweeps
every second in any case. A crash between publishing and marking publishes twice; consumers drop duplicates.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from goldenthread.contracts.envelope import CONTENT_TYPE
from goldenthread.runtime.database import Pool
from goldenthread.runtime.outbox import CHANNEL

log = logging.getLogger(__name__)

_LEADER_LOCK = 7_031_002
_BATCH = 1_000
_SWEEP_SECONDS = 1.0
_UNPUBLISHED = """
    SELECT organization, sequence, attributes, data FROM outbox WHERE NOT published
    ORDER BY organization, sequence LIMIT $1
"""
_MARK = """
    UPDATE outbox SET published = true FROM unnest($1::text[], $2::bigint[]) AS done(organization, sequence)
    WHERE outbox.organization = done.organization AND outbox.sequence = done.sequence
"""


class Relay:
    """Publishes one database's outbox to one topic. `run` until cancelled; `wake` after a commit."""

    def __init__(self, pool: Pool, producer: AIOKafkaProducer, topic: str) -> None:
        self._pool, self._producer, self._topic = pool, producer, topic
        self._woken = asyncio.Event()

    def wake(self, *_: Any) -> None:
        """There may be something to publish."""
        self._woken.set()

    async def run(self) -> None:
        """Lead when nobody else does; publish until cancelled. Trouble is logged and tried again."""
        while True:
            try:
                async with self._pool.acquire() as connection:
                    await self._lead(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError) as error:
                log.warning("relay of %s will try again: %s: %s", self._topic, type(error).__name__, error)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _lead(self, connection: Any) -> None:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER_LOCK):
            return
        await connection.add_listener(CHANNEL, self.wake)
        try:
            while True:
                self._woken.clear()
                while await self._publish(connection) == _BATCH:
                    pass
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), _SWEEP_SECONDS)
        finally:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.remove_listener(CHANNEL, self.wake)
                await connection.execute("SELECT pg_advisory_unlock($1)", _LEADER_LOCK)

    async def _publish(self, connection: Any) -> int:
        rows = await connection.fetch(_UNPUBLISHED, _BATCH)
        if not rows:
            return 0
        sent = [await self._producer.send(self._topic, **_record(row)) for row in rows]
        await asyncio.gather(*sent)
        await connection.execute(_MARK, [row["organization"] for row in rows], [row["sequence"] for row in rows])
        return len(rows)


def _record(row: Any) -> dict[str, Any]:
    attributes: dict[str, str] = msgspec.json.decode(row["attributes"])
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    headers.append(("content-type", CONTENT_TYPE.encode()))
    if "traceparent" in attributes:
        headers.append(("traceparent", attributes["traceparent"].encode()))
    return {"key": row["organization"].encode(), "value": row["data"], "headers": headers}
