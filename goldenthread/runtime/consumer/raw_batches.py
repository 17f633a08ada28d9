"""A batch on its way through FastStream to a handler: its parser and decoder decode nothing (docs/decisions/0048).

An error before the handler would skip the whole batch, others' records included, or end the process each time the batch
is read. So the handler is given the records as the broker has them, and decodes each by itself (`decoding`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple, cast

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from faststream.kafka.message import KafkaMessage
from faststream.message import StreamMessage

from goldenthread.runtime.observability.tracing import MOST_LINKS

Parse = Callable[[tuple[ConsumerRecord, ...]], Awaitable[StreamMessage[Any]]]


class RawBatch(NamedTuple):
    """What a handler is given: undecoded records, who read them, and in which of its assignments of partitions.

    It is not FastStream's message: that keeps what it was decoded to, and would keep itself.
    """

    records: Sequence[ConsumerRecord]
    consumer: AIOKafkaConsumer
    assignment: int

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: object) -> dict[str, str]:
        """In FastStream's AsyncAPI document a batch is anything: `contracts/asyncapi.json` describes its events."""
        return {"type": "any"}


class RawBatchParser:
    """The parser and the decoder of a subscriber whose handler takes a `RawBatch`."""

    def __init__(self, owns: Callable[[str], bool], assignment: Callable[[], int], traced: bool) -> None:
        """`owns` says of an organization whether its records are folded here; `assignment` numbers the assignments."""
        self._owns, self._assignment, self._traced = owns, assignment, traced

    async def parse(self, records: tuple[ConsumerRecord, ...], parse: Parse) -> StreamMessage[Any]:
        """FastStream's message of a batch, whose middlewares find how many records and bytes there are, and, if
        batches are traced, the contexts that the records were written in. Headers may be anything, so FastStream's
        parser is given none: it decodes them, and raises.
        """
        ends = (replace(records[0], headers=()), replace(records[-1], headers=()))
        message = await parse(ends)  # of which it keeps the offsets
        message.raw_message = records
        message.body = [each.value or b"" for each in records]
        if self._traced:
            message.batch_headers = self._trace_headers(records)
        return message

    async def decode(self, message: StreamMessage[Any]) -> RawBatch:
        """The batch as it was parsed; nothing is decoded."""
        consumer = cast(AIOKafkaConsumer, cast(KafkaMessage, message).consumer)
        return RawBatch(message.raw_message, consumer, self._assignment())

    def _trace_headers(self, records: Sequence[ConsumerRecord]) -> list[dict[str, str]]:
        """Headers by which FastStream links the batch's span to each trace context of the events that are folded here.

        It tells contexts apart by their correlation id. Without any headers, a batch would count as one message.
        """
        owned = {key: self._is_owned(key) for key in {each.key for each in records}}
        found = (_traceparent(each) for each in records if owned[each.key])
        contexts = islice(dict.fromkeys(each for each in found if each), MOST_LINKS)
        return [{"correlation_id": each, "traceparent": each} for each in contexts] or [{}]

    def _is_owned(self, key: bytes | None) -> bool:
        return key is not None and self._owns(key.decode(errors="replace"))


def _traceparent(record: ConsumerRecord) -> str | None:
    value = next((value for name, value in record.headers if name == "traceparent"), None)
    return None if value is None else value.decode(errors="replace")
