"""Which traces the span of a received batch links to."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka import ConsumerRecord

from goldenthread.runtime.consumer.raw_batches import RawBatchParser
from goldenthread.runtime.observability.tracing import MOST_LINKS


def traceparent(number: int, flags: str = "01") -> str:
    return f"00-{number:032x}-b7ad6b7169203331-{flags}"


def record(context: str | None, key: bytes = b"org_1") -> ConsumerRecord[Any, Any]:
    headers = () if context is None else (("traceparent", context.encode()),)
    return ConsumerRecord(
        topic="topic",
        partition=0,
        offset=1,
        timestamp=0,
        timestamp_type=0,
        key=key,
        value=b"",
        checksum=None,
        serialized_key_size=5,
        serialized_value_size=0,
        headers=headers,
    )


async def linked(*records: ConsumerRecord[Any, Any]) -> list[dict[str, str]]:
    """What FastStream finds of the headers of a batch."""

    async def parse(_: object) -> Any:
        return type("Message", (), {})()

    parser = RawBatchParser(lambda organization: organization == "org_1", lambda: 1, traced=True)
    return list((await parser.parse(records, parse)).batch_headers)


async def test_each_kept_trace_of_an_event_that_is_folded_here_is_linked_once() -> None:
    kept, other, elsewhere = traceparent(1), traceparent(2), traceparent(3)
    records = [record(kept), record(None), record(kept), record(other), record(elsewhere, b"org_2")]
    assert [each["traceparent"] for each in await linked(*records)] == [kept, other]


async def test_traces_that_are_not_kept_take_no_link_away() -> None:
    left_out = [record(traceparent(number, "00")) for number in range(1, 100)]
    assert await linked(*left_out, record(traceparent(100))) == [
        {"correlation_id": traceparent(100), "traceparent": traceparent(100)}
    ]


@pytest.mark.parametrize("context", [None, traceparent(1, "00"), "junk"])
async def test_without_one_the_headers_are_empty_so_that_records_are_counted(context: str | None) -> None:
    assert await linked(record(context), record(context)) == [{}]


async def test_there_are_no_more_links_than_a_span_may_have() -> None:
    assert len(await linked(*(record(traceparent(number)) for number in range(1, 100)))) == MOST_LINKS
