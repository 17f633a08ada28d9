"""Batches of the outbox on their way to the broker: which spans they have, and what these link to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from aiokafka.errors import KafkaTimeoutError
from msgspec import structs
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.broker import Broker
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.messaging_spans import send_span
from goldenthread.runtime.postgres.database import Pool
from tests.integration.runtime.outbox.relays import Make, everything_published, relaying
from tests.integration.runtime.outbox.streams import commit, new_organization
from tests.support.asgi_server import eventually
from tests.support.kept_spans import KeptSpans, kept_spans


@pytest.fixture
def spans() -> Iterator[KeptSpans]:
    with kept_spans() as kept:
        yield kept


def context(number: int, kept: bool = True) -> str:
    return f"00-{number:032x}-{number:016x}-{'01' if kept else '00'}"


async def write(pool: Pool, organization: str, contexts: Sequence[str | None]) -> None:
    """One commit with an event in each of these contexts."""
    async with pool.acquire() as connection, connection.transaction():
        events = commit(organization, await outbox.head_position(connection, organization), len(contexts))
        traced = [structs.replace(each, traceparent=own) for each, own in zip(events, contexts, strict=True)]
        await outbox.append(connection, organization, traced)


async def sent(pool: Pool, make: Make, contexts: Sequence[str | None], spans: KeptSpans) -> list[ReadableSpan]:
    """The spans of what a relay publishes of one organization."""
    await write(pool, new_organization(), contexts)
    async with relaying(pool, make):
        await eventually(lambda: everything_published(pool))
    return list(spans)


def links(span: ReadableSpan) -> list[int]:
    return [each.context.trace_id for each in span.links]


async def test_a_batch_links_to_each_context_once(pool: Pool, broker: Broker, make: Make, spans: KeptSpans) -> None:
    contexts = [context(1), context(2), None, context(1), context(3, kept=False)]
    (span,) = await sent(pool, make, contexts, spans)
    assert (span.name, span.kind, span.parent) == (f"send {GOALS}", SpanKind.CLIENT, None)
    assert links(span) == [1, 2]
    assert (span.attributes or {})["messaging.batch.message_count"] == 5


async def test_it_links_to_32_at_most(pool: Pool, broker: Broker, make: Make, spans: KeptSpans) -> None:
    (span,) = await sent(pool, make, [context(number) for number in range(1, 50)], spans)
    assert links(span) == list(range(1, 33))


@pytest.mark.parametrize("contexts", [[None, None], [context(1, kept=False)], ["junk"]])
async def test_a_batch_of_no_trace_that_is_kept_has_no_span(
    pool: Pool, broker: Broker, make: Make, spans: KeptSpans, contexts: list[str | None]
) -> None:
    assert await sent(pool, make, contexts, spans) == []


def test_a_batch_that_the_broker_does_not_take_is_a_failed_one(spans: KeptSpans) -> None:
    with pytest.raises(KafkaTimeoutError), send_span(GOALS, 3, 1, [context(1)]):
        raise KafkaTimeoutError
    (span,) = spans
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "KafkaTimeoutError"
    assert (span.attributes or {})["messaging.destination.partition.id"] == "3"
