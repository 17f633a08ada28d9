"""The whole of all three topics into the cache, without a consumer group: every replica follows all that it serves.

Nothing rests on the broker's memory: what it loses, repeats or keeps back is found by comparing the upstreams' heads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from gateway.live.organization_cache import OrganizationCache
from goldenthread.contracts.topics import STREAMS
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.decoding import record_of
from goldenthread.runtime.kafka import clients as kafka
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.failures import is_away
from goldenthread.runtime.observability.health import NotReady
from goldenthread.runtime.tokens.token_sources import TokenSource

log = logging.getLogger(__name__)

NAME = "goldenthread-gateway"
_CHECK_SECONDS = 1.0
_PAUSE_SECONDS = 1.0
_SILENT_SECONDS = 5.0
"""After which a broker that did not say where its topics end counts as away."""
_YIELD_EVERY = 200
"""Records applied before requests get their turn."""


class KafkaTail:
    """Reads what is written from now on. Once `started` is set the end is known: what is loaded then misses nothing."""

    def __init__(self, settings: ProcessSettings, cache: OrganizationCache, own: TokenSource | None = None) -> None:
        self._settings, self._cache, self._own = settings, cache, own
        self._partitions = [TopicPartition(topic, number) for topic in STREAMS for number in range(settings.partitions)]
        self.started = asyncio.Event()
        self.answered = float("-inf")
        """When the broker answered last."""
        self.problem: str | None = None
        """What is wrong with the topics, in a sentence."""
        metrics.FOLDED.add(0, {"projection": "gateway"})
        self._check_topics = kafka.broker_check(settings, NAME, STREAMS, own)

    @property
    def reads(self) -> bool:
        """Whether the broker answered lately."""
        return monotonic() - self.answered < _SILENT_SECONDS

    async def run(self) -> None:
        """Read for ever; a broker that is away, or has not all topics, is asked again every second."""
        while True:
            self.problem = None
            try:
                await self._check_topics()
                await self._read()
            except NotReady as error:
                self.problem = str(error)
                log.warning("nothing is read: %s", error)
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("the broker is away, trying again: %s", error)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _read(self) -> None:
        consumer = AIOKafkaConsumer(
            **kafka.connection_options(self._settings, NAME, self._own),
            group_id=None,
            auto_offset_reset="latest",
            enable_auto_commit=False,
            fetch_max_wait_ms=self._settings.kafka_fetch_wait_ms,
        )
        await consumer.start()
        try:
            consumer.assign(self._partitions)
            await self._to_end(consumer)
            self.started.set()
            checker = asyncio.create_task(self._check(consumer))
            try:
                while not checker.done():
                    await self._take(consumer)
                checker.result()
            finally:
                checker.cancel()
                await asyncio.gather(checker, return_exceptions=True)
        finally:
            await consumer.stop()

    async def _take(self, consumer: AIOKafkaConsumer) -> None:
        batches = await consumer.getmany(timeout_ms=500, max_records=1_000)
        for records in batches.values():
            for start in range(0, len(records), _YIELD_EVERY):
                self._deliver(records[start : start + _YIELD_EVERY])
                await asyncio.sleep(0)

    def _deliver(self, records: Sequence[ConsumerRecord]) -> None:
        delivered = 0
        for raw in records:
            if raw.key is None or not self._cache.wants(raw.key.decode(errors="replace")):
                continue  # not decoded: nobody here asked for that organization
            record = record_of(raw)
            if record is None:
                continue
            if record.event is None:
                log.warning("a record of %s cannot be read: %s", record.organization, record.reason)
                self._cache.repair(record.organization)
            else:
                self._cache.deliver(record.event)
                delivered += 1
        if delivered:
            metrics.FOLDED.add(delivered, {"projection": "gateway"})

    async def _to_end(self, consumer: AIOKafkaConsumer) -> None:
        for partition, end in (await consumer.end_offsets(self._partitions)).items():
            consumer.seek(partition, end)

    async def _check(self, consumer: AIOKafkaConsumer) -> None:
        """A broker that came back empty lets a reader past its end wait for ever: go to the start of what it has.

        The sign is an end that moved back, not one before our position: the embedded broker reports the end as one
        record into its last batch.
        """
        before: dict[TopicPartition, int] = {}
        while True:
            ends = await consumer.end_offsets(self._partitions)
            self.answered = monotonic()
            for partition, end in ends.items():
                if end < before.get(partition, 0):
                    log.warning(
                        "%s ends at %s, before it was %s: the broker lost it", partition, end, before[partition]
                    )
                    consumer.seek(partition, 0)
            before = ends
            await asyncio.sleep(_CHECK_SECONDS)
