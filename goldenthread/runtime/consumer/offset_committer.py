"""Commits the offsets of a batch after its results are saved, while later batches are being folded."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from goldenthread.runtime.consumer.raw_batches import RawBatch
from goldenthread.runtime.projection import BatchReceipt

log = logging.getLogger(__name__)

_MOST = 1_000
"""Batches that may wait to be saved. A batch of a heavy organization delays the acknowledgement of later batches, and
nothing else.
"""
_PAUSE = 0.1
"""Seconds between two commits of offsets. Offsets are a hint, and a commit costs the broker as much as a batch of
records.
"""


@dataclass(frozen=True, slots=True)
class _PendingBatch:
    receipt: BatchReceipt
    offsets: Mapping[TopicPartition, int]
    consumer: AIOKafkaConsumer
    assignment: int


class OffsetCommitter:
    """Acknowledges batches in the order in which they were consumed: by each batch's own offsets, not by the consumer's
    position.

    A batch that could not be saved is not acknowledged. The next acknowledged batch of its partitions covers its
    offsets too; by then its organization is being repaired from its upstream. A batch that was taken before partitions
    were `assigned` is not acknowledged either: a broker that lost its records numbers new records from the start, and
    after a commit of the old offset they would not be read.
    """

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        """`failed` is called with an unexpected error; no batch is acknowledged after it."""
        self._failed = failed
        self.assignment = 0
        """The number of assignments of partitions so far."""
        self._batches: deque[_PendingBatch] = deque()
        self._task: asyncio.Task[None] | None = None
        self._committing: asyncio.Task[None] | None = None
        self._less = asyncio.Event()
        self._hurry = asyncio.Event()
        self._ending, self._patience = False, 0.0

    def assigned(self) -> None:
        """Partitions were assigned again: batches that were taken before are not acknowledged any more."""
        self.assignment += 1

    def revoked(self) -> None:
        """Partitions are revoked now. A commit that is still being tried is cancelled: aiokafka would try it again
        under the next member id, and a broker that lost its records would accept the old offset.
        """
        if self._committing is not None:
            self._committing.cancel()

    async def commit_after(self, receipt: BatchReceipt, batch: RawBatch) -> None:
        """Acknowledge the records of a batch when the results of `receipt` are saved. Returns at once, except after
        `end`, or when more than 1,000 batches wait.
        """
        offsets = _next_offsets(batch.records)
        self._batches.append(_PendingBatch(receipt, offsets, batch.consumer, batch.assignment))
        if self._task is None or self._task.done():
            self._hurry.clear()
            # The task outlives the handler: it must not be part of this batch's span, nor keep the batch in memory.
            self._task = asyncio.create_task(self._run_or_fail(), name="acknowledge", context=Context())
        if self._ending:
            await self.flush(self._patience)
        while len(self._batches) > _MOST:
            self._less.clear()
            await self._less.wait()

    async def flush(self, within: float) -> None:
        """Wait until all consumed batches are saved and acknowledged, at most `within` seconds."""
        self._hurry.set()
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=within)

    async def end(self, within: float) -> None:
        """Like `flush`; from now on `commit_after` waits for each batch, so no commit is pending when the consumer
        stops.
        """
        self._ending, self._patience = True, within
        await self.flush(within)

    async def close(self) -> None:
        """Stop acknowledging."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run_or_fail(self) -> None:
        try:
            await self._run()
        except Exception as error:
            self._failed(error)
            self._batches.clear()
            self._less.set()

    async def _run(self) -> None:
        """Run until no batch waits. The offsets of several batches that are saved are committed together."""
        while self._batches:
            saved: dict[TopicPartition, int] = {}
            consumer = self._batches[0].consumer
            if await self._batches[0].receipt.saved():
                saved.update(self._offsets(self._batches[0]))
            self._batches.popleft()
            while self._batches and self._batches[0].receipt.is_decided and self._batches[0].consumer is consumer:
                batch = self._batches.popleft()
                if await batch.receipt.saved():
                    saved.update(self._offsets(batch))
            self._less.set()
            await self._commit(consumer, saved)
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE):
                    await self._hurry.wait()

    async def _commit(self, consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
        self._committing = asyncio.create_task(_commit(consumer, offsets), name="commit offsets")
        try:
            await asyncio.wait({self._committing})
        finally:
            self._committing.cancel()
        if not self._committing.cancelled():
            self._committing.result()

    def _offsets(self, batch: _PendingBatch) -> Mapping[TopicPartition, int]:
        return batch.offsets if batch.assignment == self.assignment else {}


def _next_offsets(records: Iterable[ConsumerRecord]) -> dict[TopicPartition, int]:
    """The offset after the last of these records, for each partition."""
    last = {(record.topic, record.partition): record.offset for record in records}
    return {TopicPartition(*place): offset + 1 for place, offset in last.items()}


async def _commit(consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    """Commit the offsets of partitions that are still assigned. If that fails, the records are read again."""
    ours = {place: offset for place, offset in offsets.items() if place in consumer.assignment()}
    if not ours:
        return
    try:
        await consumer.commit(ours)
    except Exception as error:  # the group is rebalancing, the broker is away, the consumer has stopped
        log.info("offsets were not committed: %s: %s", type(error).__name__, error)
