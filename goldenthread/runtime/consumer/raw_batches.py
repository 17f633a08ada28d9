"""Raw batches: a parser and a decoder for FastStream that do not decode anything (docs/decisions/0048).

An error before the handler would skip the whole batch, with records of other organizations in it, or would end the
process each time the batch is read. So the handler gets the records as the broker has them, and decodes each record
separately (`decoding`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from faststream.kafka.message import KafkaMessage
from faststream.message import StreamMessage

from goldenthread.runtime.observability.tracing import MOST_LINKS, is_sampled

Parse = Callable[[tuple[ConsumerRecord, ...]], Awaitable[StreamMessage[Any]]]


class RawBatch(NamedTuple):
    """The argument of a handler: undecoded records, the consumer that read them, and the number of its assignment of
    partitions.

    It is not FastStream's message, because a message keeps its decoded body: it would refer to itself.
    """

    records: Sequence[ConsumerRecord]
    consumer: AIOKafkaConsumer
    assignment: int

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> dict[str, str]:
        """Any, in FastStream's AsyncAPI document: `contracts/asyncapi.json` describes the events of a batch."""
        return {"type": "any"}


class RawBatchParser:
    """The parser and the decoder of a subscriber whose handler takes a `RawBatch`."""

    def __init__(self, owns: Callable[[str], bool], assignment: Callable[[], int], traced: bool) -> None:
        """`owns` says whether an organization's records are folded here; `assignment` gives the current assignment's
        number.
        """
        self._owns, self._assignment, self._traced = owns, assignment, traced

    async def parse(self, records: tuple[ConsumerRecord, ...], parse: Parse) -> StreamMessage[Any]:
        """FastStream's message of a batch. In it FastStream's middlewares find the number of records and bytes and, if
        batches are traced, the trace contexts of the records. Headers may be any bytes, and FastStream's parser raises
        if it cannot decode them, so it gets none.
        """
        ends = (replace(records[0], headers=()), replace(records[-1], headers=()))
        message = await parse(ends)  # FastStream takes only offsets from these
        message.raw_message = records
        message.body = [each.value or b"" for each in records]
        if self._traced:
            message.batch_headers = self._trace_headers(records)
        return message

    async def decode(self, message: StreamMessage[Any]) -> RawBatch:
        """The parsed batch; nothing is decoded."""
        consumer = cast(AIOKafkaConsumer, cast(KafkaMessage, message).consumer)
        return RawBatch(message.raw_message, consumer, self._assignment())

    def _trace_headers(self, records: Sequence[ConsumerRecord]) -> list[dict[str, str]]:
        """Headers from which FastStream links the batch's span to the trace contexts of the events that are folded
        here, if their traces are kept.

        FastStream distinguishes contexts by their correlation id. Without any headers, it would count a batch as one
        message.
        """
        owned = {key: self._is_owned(key) for key in {each.key for each in records}}
        contexts: dict[str, None] = {}
        for each in records:
            context = _traceparent(each) if owned[each.key] else None
            if context is not None and context not in contexts and is_sampled(context):
                contexts[context] = None
                if len(contexts) == MOST_LINKS:
                    break
        return [{"correlation_id": each, "traceparent": each} for each in contexts] or [{}]

    def _is_owned(self, key: bytes | None) -> bool:
        return key is not None and self._owns(key.decode(errors="replace"))


def _traceparent(record: ConsumerRecord) -> str | None:
    value = next((value for name, value in record.headers if name == "traceparent"), None)
    return None if value is None else value.decode(errors="replace")
