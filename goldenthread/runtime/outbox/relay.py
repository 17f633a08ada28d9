"""The relay: publishes committed outbox rows, in order per organization, and marks how far each stream is.

Organizations take turns, a round at a time: one that has written a lot holds up nobody else for longer than that. The
next round is read and prepared while the one before is on its way. A round costs the same for one row as for dozens:
what is written within a moment after one began travels together in the next.

One process leads (a session's advisory lock), and asks the database something every second. When it does not for a
while, because it is frozen or the broker keeps it waiting, PostgreSQL ends its session, and another process leads. The
leader is woken in memory by this process, by NOTIFY from others, and sweeps every second in any case. A crash between
publishing and marking publishes twice; consumers drop duplicates.

Streams of large organizations (`outbox.move_to_large_relay`) have a relay of their own, with its own lead: in the same
process, or in another. While one is handed over both may publish it: each publishes without holes from what is marked,
so a reader finds events that it has already, or the next ones.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer

from goldenthread.contracts.topics import MAX_RECORD
from goldenthread.runtime.configuration.database_limits import milliseconds
from goldenthread.runtime.kafka.clients import MAX_BATCH
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.failures import is_away, raise_if_cancelled
from goldenthread.runtime.outbox.batch_publisher import BatchPublisher, PublishResult
from goldenthread.runtime.outbox.store import CHANNEL, COMMON_RELAY, LARGE_RELAY
from goldenthread.runtime.outbox.watermark import Watermark, mark, unpublished
from goldenthread.runtime.postgres.database import Connection, Pool

log = logging.getLogger(__name__)

_LEADER_LOCKS = {COMMON_RELAY: 7_031_002, LARGE_RELAY: 7_031_003}
_ROUND_BYTES = 4 * 1024 * 1024
_SILENCE = 20.0
"""Seconds without a statement after which a process does not lead any more."""
_MOMENT = 0.004


class RelayLimits(NamedTuple):
    """The amounts of one step: rows of a `round`, bytes of the payloads of a `batch` (a quarter of that in the relay of
    large organizations) and of one `record`; and seconds between two `sweep`s, or attempts.
    """

    round: int = 500
    batch: int = MAX_BATCH
    record: int = MAX_RECORD
    sweep: float = 1.0


LIMITS = RelayLimits()


class Relay:
    """Publishes one database's outbox to one topic: the streams of one number. `run` until cancelled; `wake` after a
    commit.

    `make` makes a producer for as long as it leads: after a refusal an idempotent one has lost its count.
    """

    def __init__(
        self,
        pool: Pool,
        make: Callable[[], AIOKafkaProducer],
        topic: str,
        number: int = COMMON_RELAY,
        silence: float = _SILENCE,
        limits: RelayLimits = LIMITS,
    ) -> None:
        self._pool, self._make, self._topic, self._number = pool, make, topic, number
        self._name = "common" if number == COMMON_RELAY else "large"
        self._limits = limits
        self._silence = silence
        self._woken = asyncio.Event()
        # Readers of both come to the others' records between two batches of these: the smaller they are, the sooner.
        self._batch = limits.batch if number == COMMON_RELAY else limits.batch // 4
        metrics.PUBLISHED.add(0, {"topic": topic})
        metrics.RELAY_LEAD.add(0, {"topic": topic, "relay": self._name})

    def wake(self) -> None:
        """Wake the relay: there may be something to publish."""
        self._woken.set()

    def _notified(self, _connection: Any, _pid: int, _channel: str, number: object) -> None:
        if number == str(self._number):
            self.wake()

    async def run(self) -> None:
        """Lead when nobody else does; publish until cancelled. A database or broker that is away is tried again."""
        while True:
            try:
                async with self._pool.acquire() as connection:
                    await self._lead(connection)
            except Exception as error:
                raise_if_cancelled(error)
                if not is_away(error):
                    raise
                log.warning("relay of %s will try again: %s: %s", self._topic, type(error).__name__, error)
            await asyncio.sleep(self._limits.sweep)

    async def _lead(self, connection: Any) -> None:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER_LOCKS[self._number]):
            return
        lead = {"topic": self._topic, "relay": self._name}
        producer = self._make()
        metrics.RELAY_LEAD.add(1, lead)
        publisher = BatchPublisher(producer, self._topic, self._batch, self._limits.record)
        try:
            await connection.add_listener(CHANNEL, self._notified)
            # A mark that a crash of the server takes back has something published twice; it is not worth a wait.
            idle = milliseconds(self._silence)
            await connection.execute(f"SET synchronous_commit = off; SET idle_session_timeout = {idle}")
            await producer.start()
            turn = _Turn(connection, publisher, self._topic, self._number, self._limits.round, self._silence)
            clock = asyncio.get_running_loop().time
            while True:
                self._woken.clear()
                began = clock()
                await turn.publish()
                with suppress(TimeoutError):  # not `wait_for`, which up to Python 3.11 may lose a cancellation
                    async with asyncio.timeout(self._limits.sweep):
                        await self._woken.wait()
                await asyncio.sleep(began + _MOMENT - clock())
        finally:
            metrics.RELAY_LEAD.add(-1, lead)
            self._batch = publisher.limit
            await producer.stop()
            with suppress(Exception):
                await connection.remove_listener(CHANNEL, self._notified)
                await connection.execute("SET idle_session_timeout = 0")
                await connection.execute("SELECT pg_advisory_unlock($1)", _LEADER_LOCKS[self._number])


class _Turn:
    """What one process does while it leads. After an error it is of no more use: what was read is in doubt."""

    def __init__(
        self, connection: Connection, publisher: BatchPublisher, topic: str, number: int, round: int, silence: float
    ) -> None:
        self._connection, self._publisher, self._topic, self._number = connection, publisher, topic, number
        self._round, self._silence = round, silence
        self._after = ""
        """The organization that had its turn last."""
        self._read = dict[str, Watermark]()
        """How far each stream was read, until that is marked."""
        self._published = dict[str, Watermark]()
        """How far it is on the topic, until that is marked."""

    async def publish(self) -> None:
        """All that was committed before. Raises ConnectionError when the broker is away; what it has is marked."""
        sending: asyncio.Task[PublishResult] | None = None
        more = True
        try:
            while more:
                rows = await self._next()
                more = self._full(rows)
                batches = await self._publisher.prepare(rows)
                if sending:
                    await self._arrived(sending)
                sending = asyncio.create_task(self._publisher.publish(batches))
                if more:
                    await self._mark()
            if sending:
                await self._arrived(sending)
        finally:
            if sending and sending.cancel():
                await asyncio.wait([sending])
        await self._mark()

    async def _next(self) -> list[Any]:
        """The rows of the next round: of organizations that wait for their turn, then of all from the beginning."""
        rows = await self._unread(self._after)
        if self._after and not self._full(rows):
            rows += await self._unread("")
        self._after = rows[-1]["organization"] if self._full(rows) else ""
        return rows

    async def _unread(self, after: str) -> list[Any]:
        rows = await unpublished(self._connection, self._read, after, self._round, _ROUND_BYTES, self._number)
        for row in rows:
            self._read[row["organization"]] = Watermark(row["generation"], row["sequence"])
        return rows

    async def _arrived(self, sending: asyncio.Task[PublishResult]) -> None:
        began = monotonic()
        outcome = await sending
        waited = monotonic() - began
        self._published |= outcome.published
        metrics.PUBLISHED.add(outcome.records, {"topic": self._topic})
        if waited > self._silence:  # every later statement would fail, with an error that names PostgreSQL
            raise ConnectionError(
                f"Kafka's acknowledgement took {waited:.1f} s, so PostgreSQL has ended the session that leads"
            ) from outcome.error
        if outcome.error:
            await self._mark()
            if not is_away(outcome.error):
                raise outcome.error
            raise ConnectionError(f"not everything was published: {outcome.error!r}") from outcome.error

    async def _mark(self) -> None:
        """Streams that are being written are marked later."""
        if not self._published:
            return
        for organization in await mark(self._connection, self._published):
            if self._read.get(organization) == self._published.pop(organization):
                del self._read[organization]

    def _full(self, rows: Sequence[Any]) -> bool:
        """May there be more than these?"""
        return len(rows) >= self._round or sum(len(row["data"]) for row in rows) >= _ROUND_BYTES
