"""The relay: publishes committed outbox rows, in order per organisation, and marks them.

Organisations take turns, a batch at a time: one that has written a lot holds up nobody else for longer than that.

One process leads (a session's advisory lock). It is woken in memory by this process, by NOTIFY from others, and sweeps
every second in any case. A crash between publishing and marking publishes twice; consumers drop duplicates.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError as _TooLarge

from goldenthread.contracts.envelope import CONTENT_TYPE
from goldenthread.runtime import metrics
from goldenthread.runtime.database import Pool
from goldenthread.runtime.outbox import CHANNEL

log = logging.getLogger(__name__)

_LEADER_LOCK = 7_031_002
_BATCH = 1_000
_SWEEP_SECONDS = 1.0
_UNPUBLISHED = """
    SELECT organization, sequence, id, attributes, data FROM outbox WHERE NOT published AND organization > $1
    ORDER BY organization, sequence LIMIT $2
"""
# By id too: a projection may have written its stream afresh meanwhile, under the same numbers.
_MARK = """
    UPDATE outbox SET published = true
    FROM unnest($1::text[], $2::bigint[], $3::text[]) AS done(organization, sequence, id)
    WHERE outbox.organization = done.organization AND outbox.sequence = done.sequence AND outbox.id = done.id
"""


class Relay:
    """Publishes one database's outbox to one topic. `run` until cancelled; `wake` after a commit.

    `make` makes a producer for as long as it leads: after a refusal an idempotent one has lost its count.
    """

    def __init__(self, pool: Pool, make: Callable[[], AIOKafkaProducer], topic: str) -> None:
        self._pool, self._make, self._topic = pool, make, topic
        self._woken = asyncio.Event()
        self._after = ""
        """The organisation that had its turn last."""

    def wake(self, *_: Any) -> None:
        """There may be something to publish."""
        self._woken.set()

    async def run(self) -> None:
        """Lead when nobody else does; publish until cancelled. Trouble is logged and tried again."""
        while True:
            try:
                async with self._pool.acquire() as connection:
                    await self._lead(connection)
            except Exception as error:  # a connection that dies does so in many ways, some of them called internal
                log.warning("relay of %s will try again: %s: %s", self._topic, type(error).__name__, error)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _lead(self, connection: Any) -> None:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER_LOCK):
            return
        producer = self._make()
        try:
            await connection.add_listener(CHANNEL, self.wake)
            await producer.start()
            while True:
                self._woken.clear()
                while await self._publish(connection, producer):
                    pass
                with suppress(TimeoutError):  # not `wait_for`, which up to Python 3.11 may lose a cancellation
                    async with asyncio.timeout(_SWEEP_SECONDS):
                        await self._woken.wait()
        finally:
            await producer.stop()
            with suppress(Exception):
                await connection.remove_listener(CHANNEL, self.wake)
                await connection.execute("SELECT pg_advisory_unlock($1)", _LEADER_LOCK)

    async def _publish(self, connection: Any, producer: AIOKafkaProducer) -> bool:
        """Publish the next rows and mark them: all, or when something failed only those that Kafka cannot take.

        True when there may be more.

        A record too large for the topic would hold up everybody: consumers find its place empty and replay it.
        """
        begun = self._after
        rows = await connection.fetch(_UNPUBLISHED, begun, _BATCH)
        self._after = rows[-1]["organization"] if len(rows) == _BATCH else ""
        if not rows:
            return begun != ""
        sent = [await _send(producer, self._topic, row) for row in rows]
        answers = await asyncio.gather(*sent, return_exceptions=True)
        failed = [answer for answer in answers if isinstance(answer, BaseException)]
        too_large = [row for row, answer in zip(rows, answers, strict=True) if isinstance(answer, _TooLarge)]
        for row in too_large:
            where = f"{row['organization']}/{row['sequence']}"
            log.error("event %s (%d bytes) is too large for %s", where, len(row["data"]), self._topic)
        done = too_large if failed else rows
        await connection.execute(_MARK, *([row[name] for row in done] for name in ("organization", "sequence", "id")))
        if failed:
            raise ConnectionError(f"{len(failed)} of {len(rows)} were not published: {failed[0]!r}") from failed[0]
        metrics.PUBLISHED.labels(self._topic).inc(len(rows))
        return begun != self._after


async def _send(producer: AIOKafkaProducer, topic: str, row: Any) -> Awaitable[Any]:
    """What tells the outcome; the producer itself refuses a record that is too large at once."""
    try:
        sent: Awaitable[Any] = await producer.send(topic, **_record(row))
    except _TooLarge as error:
        refused = asyncio.get_running_loop().create_future()
        refused.set_exception(error)
        return refused
    return sent


def _record(row: Any) -> dict[str, Any]:
    attributes: dict[str, str] = msgspec.json.decode(row["attributes"])
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    headers.append(("content-type", CONTENT_TYPE.encode()))
    if "traceparent" in attributes:
        headers.append(("traceparent", attributes["traceparent"].encode()))
    return {"key": row["organization"].encode(), "value": row["data"], "headers": headers}
