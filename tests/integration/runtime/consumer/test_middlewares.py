"""What FastStream's middlewares and logger tell of batches that went over a real broker."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from prometheus_client import REGISTRY

from goldenthread.contracts.entities import Person
from goldenthread.contracts.envelope import Event, encode_data, to_headers
from goldenthread.contracts.events import goals
from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.broker import Broker
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.faststream_broker import make_broker
from goldenthread.runtime.consumer.subscription import consuming
from goldenthread.runtime.observability.span_schema import SPANS
from goldenthread.runtime.projection import BatchReceipt, DeadLetter, Position, Projection
from goldenthread.runtime.streams.lag import Lag
from goldenthread.runtime.streams.upstream import Record
from services.alignment.subscribers import dead_letters, subscribe
from tests.integration.runtime.consumer.subscription_story import produce
from tests.support.asgi_server import eventually
from tests.support.entities import T0

OURS, OTHERS = "org_ours", "org_others"
SPAN = "b7ad6b7169203331"


class Projecting:
    """In place of a projection: keeps the records of the one organization that it owns."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.stats: dict[str, int] = {}
        self.quarantined: list[str] = []
        self.sources: tuple[str, ...] = ()
        self.lag = Lag()

    def assign(self, partitions: set[int]) -> None: ...

    def revoke(self, partitions: set[int]) -> None: ...

    def owns(self, organization: str) -> bool:
        return organization == OURS

    async def consume(self, records: Sequence[Record]) -> BatchReceipt:
        self.records += records
        return BatchReceipt([])


@dataclass
class Member:
    """A member of a group that consumes, and the spans it made."""

    broker: Broker
    name: str = field(default_factory=lambda: f"test-{uuid.uuid4().hex}")
    projection: Projecting = field(default_factory=Projecting)
    exporter: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    @asynccontextmanager
    async def running(self, traced: bool) -> AsyncIterator[None]:
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        settings = ProcessSettings(
            kafka=self.broker.address, issuer="", kafka_fetch_wait_ms=10, kafka_session_timeout_ms=3_000
        )
        broker = make_broker(settings, self.name, tracer_provider=provider if traced else None)
        subscription = subscribe(broker, settings, cast("Projection[Any]", self.projection), self.name)
        async with broker, consuming(broker, subscription):
            yield

    async def has_read(self, count: int) -> None:
        await eventually(lambda: len(self.projection.records) >= count)
        await eventually(lambda: self.measured("received_processed_messages_total", status="acked") >= count)

    def measured(self, name: str, **labels: str) -> float:
        where = {"app_name": self.name, "broker": "kafka", "handler": GOALS} | labels
        return REGISTRY.get_sample_value(f"faststream_{name}", where) or 0.0

    def spans(self, name: str) -> list[ReadableSpan]:
        return [each for each in self.exporter.get_finished_spans() if each.name == f"{GOALS} {name}"]


@pytest.fixture
async def member(place: Path) -> AsyncIterator[Member]:
    async with Broker(place / uuid.uuid4().hex) as broker:
        yield Member(broker)


def traceparent(number: int) -> str:
    return f"00-{number:032x}-{SPAN}-01"


def events(organization: str, *traces: int) -> list[Event]:
    """An event for each of `traces`, written in it; in none for 0."""
    return [
        Event(
            id=uuid.uuid4().hex,
            source=goals.SOURCE,
            type="person.joined",
            time=T0,
            subject="person_1",
            organization=organization,
            sequence=number,
            previous=None,
            commit=number,
            traceparent=traceparent(trace) if trace else None,
            data=goals.PersonJoined(Person(f"person_{number}", [])),
        )
        for number, trace in enumerate(traces, 1)
    ]


async def send(broker: Broker, made: Sequence[Event]) -> int:
    """Produces events; the bytes of what they hold."""

    async def write(producer: AIOKafkaProducer) -> None:
        for each in made:
            key, headers = each.organization.encode(), to_headers(each)
            await producer.send_and_wait(GOALS, encode_data(each.data), key=key, headers=headers)

    await produce(broker, write)
    return sum(len(encode_data(each.data)) for each in made)


async def test_a_batchs_span_is_a_consumers_and_linked_to_the_contexts_of_the_events_folded_here(
    member: Member,
) -> None:
    size = await send(member.broker, [*events(OURS, 1, 1, 2, 0), *events(OTHERS, 3)])
    async with member.running(traced=True):
        await member.has_read(4)
        # The last record, of somebody else, may come in another batch.
        await eventually(lambda: member.measured("received_processed_messages_total", status="acked") == 5)
    created, processed = member.spans("create"), member.spans("process")
    contexts = [link.context for each in created for link in each.links]
    assert {(each.trace_id, f"{each.span_id:016x}") for each in contexts} == {(1, SPAN), (2, SPAN)}
    assert {each.kind for each in [*created, *processed]} == {SpanKind.CONSUMER}
    assert {each.parent.span_id for each in processed if each.parent} == {each.context.span_id for each in created}
    said = [each.attributes or {} for each in processed]
    assert sum(cast(int, each["messaging.batch.message_count"]) for each in said) == 5
    assert sum(cast(int, each["messaging.message.payload_size_bytes"]) for each in said) == size
    assert_declared([*created, *processed])


def assert_declared(spans: Sequence[ReadableSpan]) -> None:
    """Each of the spans is one of `span_schema`, found by its name's last word and its kind."""
    declared = {(each.name.rpartition(" ")[2], each.kind): each for each in SPANS if each.made_by == "faststream"}
    for span in spans:
        schema, found = declared[span.name.rpartition(" ")[2], span.kind], set(span.attributes or {})
        always, sometimes = ({each.name for each in some} for some in (schema.attributes, schema.sometimes))
        assert always <= found <= always | sometimes


async def test_a_batch_is_linked_to_32_contexts_at_most_and_belongs_to_none_of_their_traces(member: Member) -> None:
    await send(member.broker, events(OURS, *range(1, 41)))
    async with member.running(traced=True):
        await member.has_read(40)
    created = member.spans("create")
    assert len(created) < 40
    assert max(len(each.links) for each in created) == 32
    assert all(each.parent is None and each.context.trace_id > 40 for each in created)


async def test_a_batch_of_events_without_a_context_is_a_trace_of_its_own(member: Member) -> None:
    await send(member.broker, events(OURS, 0, 0))
    async with member.running(traced=True):
        await member.has_read(2)
    assert [list(each.links) for each in member.spans("create")] == [[]] * len(member.spans("process"))


async def test_what_is_received_is_counted_and_weighed_also_when_nothing_is_traced(member: Member) -> None:
    size = await send(member.broker, [*events(OURS, 1, 2, 3), *events(OTHERS, 1)])
    async with member.running(traced=False):
        await member.has_read(3)
        await eventually(lambda: member.measured("received_processed_messages_total", status="acked") == 4)
    assert member.measured("received_messages_total") == 4
    assert member.measured("received_messages_size_bytes_sum") == size
    assert member.measured("received_messages_in_process") == 0
    assert member.spans("process") == []


async def test_headers_that_are_no_text_spoil_one_record_not_its_batch(member: Member) -> None:
    """FastStream's own parser decodes the headers: that record would have ended the process whenever it was read."""
    (good,) = events(OURS, 1)

    async def write(producer: AIOKafkaProducer) -> None:
        for headers in ([("ce_id", b"\xff"), ("traceparent", b"\xff")], to_headers(good)):
            await producer.send_and_wait(GOALS, encode_data(good.data), key=OURS.encode(), headers=headers)

    await produce(member.broker, write)
    async with member.running(traced=True):
        await member.has_read(2)
    bad, read = member.projection.records
    assert bad.event is None
    assert bad.value == encode_data(good.data)
    assert "UnicodeDecodeError" in (bad.reason or "") or "KeyError" in (bad.reason or "")
    assert read.event == good


async def test_a_header_that_asks_for_a_reply_is_not_answered(member: Member) -> None:
    (event,) = events(OURS, 0)

    async def write(producer: AIOKafkaProducer) -> None:
        headers = [*to_headers(event), ("reply_to", GOALS.encode())]
        await producer.send_and_wait(GOALS, encode_data(event.data), key=OURS.encode(), headers=headers)

    await produce(member.broker, write)
    async with member.running(traced=False):
        await member.has_read(1)
    async with AIOKafkaConsumer(GOALS, bootstrap_servers=member.broker.address) as reader:
        ends = await reader.end_offsets(reader.assignment())
    assert sum(ends.values()) == 1


async def test_assigned_partitions_are_logged_and_batches_only_for_who_debugs(
    member: Member, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "goldenthread.runtime.faststream")
    await send(member.broker, events(OURS, 0, 0))
    async with member.running(traced=False):
        await member.has_read(2)
    lines = [(each.levelno, each.getMessage()) for each in caplog.records if each.name.endswith(".faststream")]
    assert any("assigned to partitions" in text for level, text in lines if level == logging.INFO)
    assert {level for level, text in lines if text in ("Received", "Processed")} == {logging.DEBUG}
    assert not [text for level, text in lines if level > logging.INFO], "nobody has anything to do"


async def test_a_dead_letter_that_is_published_has_its_spans(member: Member) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(member.exporter))
    settings = ProcessSettings(kafka=member.broker.address, issuer="")
    async with make_broker(settings, member.name, tracer_provider=provider) as broker:
        await dead_letters(broker)(DeadLetter(OURS, goals.SOURCE, Position(1, "e1"), "no event"))
    created, published = member.exporter.get_finished_spans()
    assert_declared([created, published])
    assert published.parent is not None
    assert published.parent.span_id == created.context.span_id
