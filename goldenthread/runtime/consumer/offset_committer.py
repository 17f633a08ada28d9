"""Offsets, committed once what they stand for is saved, while the batches after are being folded."""

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
"""Batches that may wait for being saved: those of a heavy organization hold the others up for acknowledgement only."""
_PAUSE = 0.1
"""Seconds between two commits of offsets: they are a hint, and each costs the broker as much as a batch of records."""


@dataclass(frozen=True, slots=True)
class _PendingBatch:
    receipt: BatchReceipt
    offsets: Mapping[TopicPartition, int]
    consumer: AIOKafkaConsumer
    assignment: int


class OffsetCommitter:
    """Acknowledges batches in the order they were consumed, each by its own offsets, never by where the consumer is.

    A batch that could not be saved is not acknowledged: the next one of its partitions that is takes it along, by when
    its organization is being repaired from its upstream. Nor is one that was taken before partitions were `assigned`: a
    broker that lost its records numbers new ones from the start, and an old offset would keep readers away from them.
    """

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        """`failed` is called with an error that nobody foresaw: nothing is acknowledged after it."""
        self._failed = failed
        self.assignment = 0
        """How often partitions were assigned."""
        self._batches: deque[_PendingBatch] = deque()
        self._task: asyncio.Task[None] | None = None
        self._committing: asyncio.Task[None] | None = None
        self._less = asyncio.Event()
        self._hurry = asyncio.Event()
        self._ending, self._patience = False, 0.0

    def assigned(self) -> None:
        """Partitions were assigned anew: what was taken before is not acknowledged any more."""
        self.assignment += 1

    def revoked(self) -> None:
        """Partitions are taken away now. A commit that is still being tried is given up: aiokafka would try it again
        as the member that this one will be, and a broker that lost its records would take the old offset.
        """
        if self._committing is not None:
            self._committing.cancel()

    async def commit_after(self, receipt: BatchReceipt, batch: RawBatch) -> None:
        """Acknowledge the records of a batch once what `receipt` is about is saved. Waits for that at the end only, or
        when far too many wait.
        """
        offsets = _next_offsets(batch.records)
        self._batches.append(_PendingBatch(receipt, offsets, batch.consumer, batch.assignment))
        if self._task is None or self._task.done():
            self._hurry.clear()
            # It outlives the handler: it neither is part of this batch's span, nor keeps the batch in memory.
            self._task = asyncio.create_task(self._run_or_fail(), name="acknowledge", context=Context())
        if self._ending:
            await self.flush(self._patience)
        while len(self._batches) > _MOST:
            self._less.clear()
            await self._less.wait()

    async def flush(self, within: float) -> None:
        """Wait until what was consumed is saved and acknowledged, so many seconds at most."""
        self._hurry.set()
        if self._task is not None and not self._task.done():
            await asyncio.wait([self._task], timeout=within)

    async def end(self, within: float) -> None:
        """The same, and from now on each batch is waited for: nothing is on its way when the consumer stops."""
        self._ending, self._patience = True, within
        await self.flush(within)

    async def close(self) -> None:
        """Acknowledge nothing more."""
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
        """Until nothing waits. The offsets of several batches that are saved by now are committed at once."""
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
    """Where each partition goes on after these."""
    found: dict[TopicPartition, int] = {}
    for record in records:
        found[TopicPartition(record.topic, record.partition)] = record.offset + 1
    return found


async def _commit(consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    """Of partitions that are still ours. They are a hint: what cannot be committed is read again."""
    ours = {place: offset for place, offset in offsets.items() if place in consumer.assignment()}
    if not ours:
        return
    try:
        await consumer.commit(ours)
    except Exception as error:  # the group is at odds, the broker away, the consumer stopped
        log.info("offsets were not committed: %s: %s", type(error).__name__, error)
