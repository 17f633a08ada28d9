"""What nobody foresaw when a batch is consumed: it is logged, counted, and ends consuming; nothing is acknowledged."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from faststream import BaseMiddleware
from faststream.kafka import KafkaBroker
from faststream.kafka.opentelemetry import KafkaTelemetryMiddleware
from faststream.kafka.opentelemetry.provider import BatchKafkaTelemetrySettingsProvider
from faststream.kafka.prometheus.provider import BatchKafkaMetricsSettingsProvider
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import REGISTRY

from goldenthread.contracts.topics import GOALS as TOPIC
from goldenthread.contracts.topics import PARTITIONS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.ports import free_port
from goldenthread.runtime.consumer.faststream_broker import make_broker
from goldenthread.runtime.consumer.handler_guard import ConsumingFailed
from goldenthread.runtime.consumer.subscription import Subscription, consuming
from goldenthread.runtime.observability.failures import TaskEnded
from goldenthread.runtime.projection import BatchReceipt
from goldenthread.runtime.streams.upstream import Record
from services.alignment.subscribers import subscribe
from tests.integration.runtime.consumer.subscription_story import Story, produce
from tests.support.asgi_server import eventually


class Unforeseen(Exception):
    """What a handler raises here."""


@pytest.fixture(scope="module")
async def alone(place: Path) -> AsyncIterator[Broker]:
    async with Broker(place / "failing") as broker:
        yield broker


class Feeding:
    """A projection's `consume` that raises when it is told to; counts the calls after it did."""

    def __init__(self, story: Story) -> None:
        self.spoil, self.raised, self.commit_after, self._feed = False, False, 0, story.projection.consume
        story.projection.consume = self  # type: ignore[method-assign]

    async def __call__(self, records: Iterable[Record]) -> BatchReceipt:
        self.commit_after += self.raised
        if self.spoil:
            self.raised = True
            raise Unforeseen("nobody thought of this")
        return await self._feed(records)


async def acknowledged(broker: Broker, group: str) -> int:
    """Records of the topic that the group has acknowledged."""
    reader = AIOKafkaConsumer(bootstrap_servers=broker.address, group_id=group, enable_auto_commit=False)
    await reader.start()
    try:
        places = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
        return sum([await reader.committed(place) or 0 for place in places])
    finally:
        await reader.stop()


def counted() -> float:
    return REGISTRY.get_sample_value("goldenthread_unforeseen_errors_total", {"where": "consumer"}) or 0.0


async def test_an_error_in_the_handler_is_logged_and_counted_and_ends_consuming(
    alone: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    story, before = Story(alone), counted()
    feeding, name = Feeding(story), "test-handler"
    group = make_broker(story.settings, name)
    subscription = subscribe(group, story.settings, story.projection, name)

    async def live() -> None:
        async with group, consuming(group, subscription):
            await produce(alone, lambda producer: story.write(producer, 10))
            await eventually(story.there)
            await subscription.offsets.flush(5)
            feeding.spoil = True
            await produce(alone, lambda producer: story.write(producer, 10))
            await eventually(lambda: counted() > before)
            feeding.spoil = False
            await produce(alone, lambda producer: story.write(producer, 10))
            # A reader of its own has them all: so has the group, which lets them be.
            await arrived(alone, 3 * 30)

    with pytest.raises(ConsumingFailed, match=f"{TOPIC}/") as failed:
        await live()
    assert isinstance(failed.value.__cause__, Unforeseen)
    assert counted() == before + 1
    assert feeding.commit_after == 0, "what comes after the failure is not handled"
    assert await acknowledged(alone, name) == 30, "nor is it, or what failed, acknowledged"
    (line,) = [each for each in caplog.records if each.levelno >= logging.CRITICAL]
    assert line.exc_info is not None
    assert "nobody thought of this" in caplog.text
    assert "org_" in caplog.text
    await story.projection.close()


async def arrived(broker: Broker, count: int) -> None:
    async with AIOKafkaConsumer(TOPIC, bootstrap_servers=broker.address, auto_offset_reset="earliest") as reader:
        async with asyncio.timeout(30):
            seen = 0
            while seen < count:
                seen += sum(map(len, (await reader.getmany(timeout_ms=100)).values()))


# What is spoilt is of this subscription alone: others in this process go on.


def _reading(_story: Story, group: KafkaBroker, _: Subscription, patch: pytest.MonkeyPatch) -> None:
    for each in group.subscribers:
        patch.setattr(each, "get_msg", _raising)


def _assigning(story: Story, _group: KafkaBroker, _: Subscription, patch: pytest.MonkeyPatch) -> None:
    def assign(_: Any) -> None:
        raise Unforeseen

    patch.setattr(story.projection, "assign", assign)


def _cancelling(story: Story, _group: KafkaBroker, _: Subscription, patch: pytest.MonkeyPatch) -> None:
    async def consume(_: Any) -> None:
        raise asyncio.CancelledError

    patch.setattr(story.projection, "consume", consume)


def _committing_offsets(_story: Story, _group: KafkaBroker, made: Subscription, patch: pytest.MonkeyPatch) -> None:
    def offsets(_: Any) -> None:
        raise Unforeseen

    patch.setattr(made.offsets, "_offsets", offsets)


async def _raising(*_: Any) -> None:
    raise Unforeseen


def _parsing(_story: Story, group: KafkaBroker, _: Subscription, patch: pytest.MonkeyPatch) -> None:
    (subscriber,) = group.subscribers
    patch.setattr(subscriber, "_get_parser_and_decoder", lambda *_: (_raising, _raising))


def _decoding(_story: Story, group: KafkaBroker, _: Subscription, patch: pytest.MonkeyPatch) -> None:
    (subscriber,) = group.subscribers
    parser, _ours = subscriber._get_parser_and_decoder()
    patch.setattr(subscriber, "_get_parser_and_decoder", lambda *_: (parser, _raising))


class _Spoilt(BaseMiddleware):
    """A middleware that the broker is made with, as FastStream's own are, and that raises where a test says."""

    where = ""

    def __init__(self, msg: Any, /, *, context: Any) -> None:
        self._raise_in("made")
        super().__init__(msg, context=context)

    async def on_receive(self) -> None:
        self._raise_in("received")

    async def consume_scope(self, call_next: Any, msg: Any) -> Any:
        self._raise_in("consumed")
        return await call_next(msg)

    async def after_processed(self, *error: Any) -> bool:
        self._raise_in("processed")
        return await super().after_processed(*error) or False

    def _raise_in(self, where: str) -> None:
        if self.where == where:
            raise Unforeseen(where)


def _tracing(_story: Story, group: KafkaBroker, _: Subscription, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(BatchKafkaTelemetrySettingsProvider, "get_consume_attrs_from_message", _raise_now)
    group.add_middleware(KafkaTelemetryMiddleware(tracer_provider=TracerProvider(), meter_provider=NoOpMeterProvider()))


def _measuring(_story: Story, _group: KafkaBroker, _: Subscription, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(BatchKafkaMetricsSettingsProvider, "get_consume_attrs_from_message", _raise_now)


def _raise_now(*_: Any) -> None:
    raise Unforeseen


SPOILT = [_reading, _parsing, _decoding, _assigning, _cancelling, _committing_offsets, _tracing, _measuring]


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
async def test_so_does_an_error_anywhere_else_on_the_way(
    alone: Broker, spoil: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    story, name, before = Story(alone), f"test-{spoil.__name__}", counted()
    group = make_broker(story.settings, name)
    subscription = subscribe(group, story.settings, story.projection, name)
    spoil(story, group, subscription, monkeypatch)

    async def live() -> None:
        async with group, consuming(group, subscription):
            await produce(alone, lambda producer: story.write(producer, 1))
            await eventually(lambda: counted() > before)

    with pytest.raises((Unforeseen, ConsumingFailed, TaskEnded)):
        await live()
    monkeypatch.undo()
    await story.projection.close()


@pytest.mark.parametrize("where", ["made", "received", "consumed", "processed"])
async def test_so_does_an_error_in_another_middleware(alone: Broker, where: str) -> None:
    """The guard is outside all the others, whose errors FastStream would keep to itself."""
    story, name, before = Story(alone), f"test-middleware-{where}", counted()
    group = make_broker(story.settings, name)
    spoilt: Any = type("Spoilt", (_Spoilt,), {"where": where})
    group.add_middleware(spoilt)
    subscription = subscribe(group, story.settings, story.projection, name)

    async def live() -> None:
        async with group, consuming(group, subscription):
            await produce(alone, lambda producer: story.write(producer, 1))
            await eventually(lambda: counted() > before)

    with pytest.raises(ConsumingFailed) as failed:
        await live()
    assert isinstance(failed.value.__cause__, Unforeseen)
    await story.projection.close()


async def test_a_process_that_cannot_consume_ends_with_an_exit_code_and_a_line_that_says_where(alone: Broker) -> None:
    story = Story(alone)
    await produce(alone, lambda producer: story.write(producer, 1))
    environment = os.environ | {
        "GOLDENTHREAD_KAFKA": alone.address,
        "GOLDENTHREAD_ISSUER": "http://nowhere",
        "GOLDENTHREAD_SERVICE_TOKEN": "none",
        "GOLDENTHREAD_HTTP_PORT": str(free_port()),
        "GOLDENTHREAD_KAFKA_SESSION_TIMEOUT_MS": "6000",
    }
    command = (sys.executable, "-m", "tests.integration.runtime.consumer.consuming_child")
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=PIPE)
    try:
        async with asyncio.timeout(60):
            _, err = await process.communicate()
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    assert process.returncode == 1, err.decode()
    lines = [json.loads(line) for line in err.decode().splitlines() if line.startswith("{")]
    (line,) = [each for each in lines if each["level"] == "CRITICAL"]
    assert "nobody thought of this" in line["exception"]
    assert f"{TOPIC}/" in line["exception"]
