"""Rows of the outbox onto a topic: in batches, a lane per partition, and how far each stream came.

A lane has one batch on its way, and the next goes when that has arrived: where one fails, none overtakes it. The lanes
of other partitions go on meanwhile; to one broker, their batches travel in one request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from time import time
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from goldenthread.contracts.envelope import CONTENT_TYPE, Headers
from goldenthread.contracts.topics import MAX_RECORD
from goldenthread.runtime.kafka.clients import MAX_BATCH, partition_of
from goldenthread.runtime.observability import tracing
from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.outbox.messaging_spans import send_span
from goldenthread.runtime.outbox.watermark import Watermark

log = logging.getLogger(__name__)

_CONTENT_TYPE = ("content-type", CONTENT_TYPE.encode())
_AROUND = 64 * 1024
"""Bytes that are around the payload of a record, at most."""
_PORTION = 100
"""Rows that are put into batches while everybody else waits: some two milliseconds."""
_attributes = msgspec.json.Decoder(dict[str, str])


class _HeaderNames(dict[str, str]):
    """The header of each attribute."""

    def __missing__(self, name: str) -> str:
        self[name] = f"ce_{name}"
        return self[name]


_names = _HeaderNames()


@dataclass
class Batch:
    """Consecutive rows of one partition, ready to go; `records` is 0 where the only one cannot be published."""

    partition: int
    builder: Any
    rows: list[Any] = field(default_factory=list)
    created: dict[str, None] = field(default_factory=dict)
    """The trace contexts its records were made in, some at most, where traces are on and kept."""

    @property
    def records(self) -> int:
        """How many there are to send."""
        return int(self.builder.record_count())


@dataclass
class PublishResult:
    """What became of some rows: how far each stream is on the topic, and what failed first, if anything did."""

    published: dict[str, Watermark] = field(default_factory=dict)
    records: int = 0
    error: Exception | None = None


class BatchPublisher:
    """Publishes to one topic, with one producer. In bytes: `limit` is what the payloads of a batch may come to, and
    `largest` what a record may have.
    """

    def __init__(
        self, producer: AIOKafkaProducer, topic: str, limit: int = MAX_BATCH, largest: int = MAX_RECORD
    ) -> None:
        self._producer, self._topic, self.limit, self._largest = producer, topic, limit, largest

    async def prepare(self, rows: Sequence[Any]) -> list[Batch]:
        """Batches of `rows`, in their order partition by partition; whoever waits has turns meanwhile."""
        if not rows:
            return []
        partitions = len(await self._producer.partitions_for(self._topic))
        lanes: dict[int, list[Any]] = {}
        for organization, some in groupby(rows, key=lambda row: row["organization"]):
            lanes.setdefault(partition_of(organization, partitions), []).extend(some)
        made: list[Batch] = []
        for partition, lane in lanes.items():
            made += [batch async for batch in self._batches(partition, lane)]
        return made

    async def publish(self, batches: Sequence[Batch]) -> PublishResult:
        """Send them, and tell. Raises nothing but a cancellation."""
        outcome = PublishResult()
        lanes = [list(lane) for _, lane in groupby(batches, key=lambda batch: batch.partition)]
        await asyncio.gather(*(self._lane(lane, outcome) for lane in lanes))
        return outcome

    async def _batches(self, partition: int, rows: Sequence[Any]) -> AsyncIterator[Batch]:
        batch, size = Batch(partition, self._producer.create_batch()), 0
        for number, row in enumerate(rows, 1):
            if number % _PORTION == 0:
                await asyncio.sleep(0)
            size += len(row["data"])
            if (batch.rows and size > self.limit) or not _add(batch, row, self._largest):
                yield batch
                batch, size = Batch(partition, self._producer.create_batch()), len(row["data"])
                _add(batch, row, self._largest)
            batch.rows.append(row)
        yield batch

    async def _lane(self, batches: Sequence[Batch], outcome: PublishResult) -> None:
        for batch in batches:
            try:
                if batch.records:
                    await self._send(batch)
            except Exception as error:
                outcome.error = outcome.error or error
                if isinstance(error, MessageSizeTooLargeError) and self._given_up(batch):
                    _note(batch, outcome)
                return
            _note(batch, outcome)
            outcome.records += batch.records

    async def _send(self, batch: Batch) -> None:
        with send_span(self._topic, batch.partition, batch.records, list(batch.created)):
            await (await self._producer.send_batch(batch.builder, self._topic, partition=batch.partition))

    def _given_up(self, batch: Batch) -> bool:
        """True for a record that the topic is not made for; several are sent again in smaller batches."""
        if batch.records == 1:
            _too_large(batch.rows[0])
            return True
        self.limit = min(self.limit, sum(len(row["data"]) for row in batch.rows)) // 2
        return False


def _note(batch: Batch, outcome: PublishResult) -> None:
    for row in batch.rows:
        outcome.published[row["organization"]] = Watermark(row["generation"], row["sequence"])


def _add(batch: Batch, row: Any, largest: int) -> bool:
    """False when the batch is full. What no topic takes, or what is no event, is left out: consumers find a hole, and
    replay. So a row that is broken is the trouble of its organization alone.
    """
    key, value = row["organization"].encode(), row["data"]
    try:
        headers = headers_of(row["attributes"])
    except Exception as error:
        message = f"event {row['organization']}/{row['sequence']} cannot be published; consumers replay it"
        log_unforeseen("relay", message, error, organization=row["organization"])
        return True
    size = DefaultRecordBatchBuilder.estimate_size_in_bytes
    if len(value) > largest - _AROUND and size(key, value, headers) > largest:
        _too_large(row)
        return True
    if batch.builder.append(timestamp=int(time() * 1000), key=key, value=value, headers=headers) is None:
        return False
    if tracing.is_on():
        _note_context(batch, headers)
    return True


def _note_context(batch: Batch, headers: Headers) -> None:
    """Note the trace context that a record was made in, if that trace is kept."""
    context = next((value.decode() for name, value in headers if name == "traceparent"), None)
    if context is not None and len(batch.created) < tracing.MOST_LINKS and tracing.is_sampled(context):
        batch.created[context] = None


def headers_of(attributes: str) -> Headers:
    """`envelope.to_headers`, of attributes as the outbox keeps them."""
    found = _attributes.decode(attributes)
    headers = [(_names[name], value.encode()) for name, value in found.items()]
    headers.append(_CONTENT_TYPE)
    if "traceparent" in found:
        headers.append(("traceparent", found["traceparent"].encode()))
    return headers


def _too_large(row: Any) -> None:
    where, size = f"{row['organization']}/{row['sequence']}", len(row["data"])
    log.error("event %s (%d bytes) is larger than its topic takes; consumers replay it", where, size)
