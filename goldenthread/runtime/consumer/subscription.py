"""The subscription of a projection to Kafka: the common part of all subscribers (`services/*/subscribers.py`).

Records are taken raw (`raw_batches`), so that a record that cannot be decoded (`decoding`) is reported to the
projection instead of being skipped. Offsets are committed after the projection has saved (`offset_committer`), and are
only a hint.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from goldenthread.contracts.topics import service_name
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.faststream_broker import is_traced
from goldenthread.runtime.consumer.handler_guard import GuardedListener, HandlerGuard
from goldenthread.runtime.consumer.offset_committer import OffsetCommitter
from goldenthread.runtime.consumer.raw_batches import RawBatchParser
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.failures import background
from goldenthread.runtime.observability.health import Check, NotReady
from goldenthread.runtime.observability.start_progress import waiting_for
from goldenthread.runtime.projection.projection import Projection

_BATCH = 1_000
_END_WITHIN = 1.0
"""Seconds that the end of consuming waits for saves."""


class Subscription:
    """What a subscriber needs in addition to its handler: its options, its offsets, and the guard that ends consuming
    after the first error that the projection does not handle.
    """

    def __init__(self, broker: KafkaBroker, projection: Projection[Any], group: str) -> None:
        """The guard becomes the broker's outermost middleware, so it sees errors of the other middlewares, too."""
        self.guard = HandlerGuard()
        self.offsets = OffsetCommitter(self.guard.fail)
        self._projection, self._traced = projection, is_traced(broker)
        broker.insert_middleware(self.guard)
        metrics.FOLDED.add(0, {"projection": group})
        metrics.QUARANTINED.follow(lambda: len(projection.quarantined), group)
        metrics.follow_repairs(group, lambda: projection.stats)
        metrics.PROJECTION_LAG.follow(lambda: projection.lag.seconds, group)
        metrics.PENDING_REVISIONS.follow(lambda: projection.lag.revisions, group)
        for source in projection.sources:
            metrics.ANSWER_AGE.follow(partial(projection.answer_age, source), group, service_name(source))

    def options(self, settings: ProcessSettings) -> dict[str, Any]:
        """The options of every subscriber: it starts at the earliest record, and only `offsets` acknowledges."""
        wait, timeout = settings.kafka_fetch_wait_ms, settings.kafka_session_timeout_ms
        parser = RawBatchParser(self._projection.owns, lambda: self.offsets.assignment, self._traced)
        listener = _AssignmentListener(self._projection, self.offsets, patience=timeout / 5_000)
        return {
            "max_records": _BATCH,
            "batch_timeout_ms": max(1, wait // 2) if wait < 100 else 20,
            "fetch_max_wait_ms": wait,
            "session_timeout_ms": timeout,
            "heartbeat_interval_ms": timeout // 3,
            "auto_offset_reset": "earliest",
            "ack_policy": AckPolicy.MANUAL,
            "partition_assignment_strategy": (RangePartitionAssignor,),
            "listener": GuardedListener(self.guard, listener),
            "parser": parser.parse,
            "decoder": parser.decode,
        }


class _AssignmentListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the projection its partitions. Topics are co-partitioned and assigned by range, so the numbers are the same
    in each topic.
    """

    def __init__(self, projection: Projection[Any], offsets: OffsetCommitter, patience: float) -> None:
        """`patience`: seconds that saves may take before partitions are given up."""
        self._projection, self._offsets, self._patience = projection, offsets, patience

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """Saves are finished and acknowledged first, if that takes at most `patience` seconds."""
        await self._offsets.flush(self._patience)
        self._offsets.revoked()
        self._projection.revoke({each.partition for each in revoked})

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._offsets.assigned()
        self._projection.assign({each.partition for each in assigned})


@asynccontextmanager
async def consuming(broker: KafkaBroker, subscription: Subscription) -> AsyncIterator[None]:
    """Consumes until the block ends; then waits a second for saves, and acknowledges them.

    The broker can publish after the block. An unexpected error ends the process (`failures.background`).
    """
    guard, offsets = subscription.guard, subscription.offsets
    try:
        try:
            with waiting_for("broker", "Kafka"):
                await broker.start()
            guard.watch_reading(broker)
            try:
                async with background(asyncio.create_task(guard.watch(broker), name="consumer")):
                    yield
            finally:
                await offsets.end(_END_WITHIN)
        finally:
            await asyncio.gather(*(each.stop() for each in broker.subscribers))
    finally:
        await offsets.close()


def upstream_checks(projection: Projection[Any]) -> dict[str, Check]:
    """A check for each upstream of a projection. It raises `NotReady` if the last request to the upstream had no
    answer.
    """

    def check(source: str) -> Check:
        async def answered() -> None:
            if source in projection.away:
                raise NotReady(
                    f"{service_name(source)} does not answer; what the broker does not bring is fetched when it does"
                )

        return answered

    return {service_name(source): check(source) for source in projection.sources}
