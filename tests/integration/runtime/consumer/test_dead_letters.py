"""Dead letters as they are on the broker: the bytes, the key and the headers that say what stopped whom."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import ModuleType
from typing import Any

import aiokafka
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError

from goldenthread.contracts.events import alignment, goals
from goldenthread.contracts.topics import ALIGNMENT, GOALS, MAX_RECORD, dead_letter_topic
from goldenthread.launcher.broker import Broker
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.faststream_broker import open_broker
from goldenthread.runtime.kafka.clients import make_producer
from goldenthread.runtime.projection import DeadLetter, Position, Record
from services.alignment import subscribers as alignment_subscribers
from services.notifications import subscribers as notifications_subscribers
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.asgi_server import eventually

ORGANIZATION = "org_ärger"


def settings_of(broker: Broker | ApacheKafka, idempotent: bool | None = None) -> ProcessSettings:
    """Those of a process; unless given, with an idempotent producer where the broker has such a thing."""
    if idempotent is None:
        idempotent = isinstance(broker, ApacheKafka)
    return ProcessSettings(kafka=broker.address, issuer="", kafka_fetch_wait_ms=10, kafka_idempotent=idempotent)


async def reported(broker: Broker | ApacheKafka, service: ModuleType, notice: DeadLetter, topic: str) -> ConsumerRecord:
    """The record on `topic` after `service` reported a notice."""
    where = {"bootstrap_servers": broker.address, "max_partition_fetch_bytes": 2 * MAX_RECORD}
    async with AIOKafkaConsumer(dead_letter_topic(topic), **where) as reader:
        await reader.seek_to_end()
        async with open_broker(settings_of(broker), service.NAME, [dead_letter_topic(topic)]) as publishing:
            await service.dead_letters(publishing)(notice)
        async for record in reader:
            if record.key == ORGANIZATION.encode():  # others are of the services of other tests
                return record
    raise AssertionError("the topic ended")


def notice(source: str, value: bytes | None) -> DeadLetter:
    record = None if value is None else Record(source, ORGANIZATION, None, value, "unreadable")
    return DeadLetter(ORGANIZATION, source, Position(41, "e41"), "it is no event: ü", record)


@pytest.mark.parametrize(
    ("service", "source", "topic"),
    [
        (alignment_subscribers, goals.SOURCE, GOALS),
        (notifications_subscribers, goals.SOURCE, GOALS),
        (notifications_subscribers, alignment.SOURCE, ALIGNMENT),
    ],
)
@pytest.mark.parametrize("value", [b"\x00\xff not JSON", b"", None])
async def test_a_dead_letter_has_the_original_bytes_and_says_whose_it_is_and_why(
    broker: Broker | ApacheKafka, service: ModuleType, source: str, topic: str, value: bytes | None
) -> None:
    record = await reported(broker, service, notice(source, value), topic)
    assert record.value == (value or b"")
    assert record.key == ORGANIZATION.encode()
    headers = {name: text.decode() for name, text in record.headers}
    assert headers.pop("correlation_id")  # FastStream gives one to whatever it publishes
    assert headers == {
        "content-type": "application/octet-stream",
        "consumer": service.NAME,
        "organization": ORGANIZATION,
        "source": source,
        "sequence": "41",
        "reason": "it is no event: ü",
    }


async def test_the_largest_record_there_may_be_can_be_a_dead_letter(broker: Broker | ApacheKafka) -> None:
    value = b"x" * (MAX_RECORD - 4096)
    record = await reported(broker, alignment_subscribers, notice(goals.SOURCE, value), GOALS)
    assert record.value == value


@pytest.mark.parametrize("idempotent", [False, True])
async def test_dead_letters_are_published_with_the_guarantees_of_every_producer(
    broker: Broker | ApacheKafka, idempotent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A record counts as published when all replicas have it. One broker cannot show the difference: the options do."""
    made: list[dict[str, Any]] = []

    class Recorded(AIOKafkaProducer):  # type: ignore[misc]
        def __init__(self, **options: Any) -> None:
            made.append(options)
            super().__init__(**options | {"enable_idempotence": False})  # which the embedded broker cannot

    monkeypatch.setattr(aiokafka, "AIOKafkaProducer", Recorded)
    monkeypatch.setattr("goldenthread.runtime.kafka.clients.AIOKafkaProducer", Recorded)
    settings = settings_of(broker, idempotent)
    async with open_broker(settings, "test", []):
        pass
    make_producer(settings, "test")
    theirs, ours = made
    promised = ("acks", "enable_idempotence", "max_request_size", "max_batch_size", "linger_ms")
    assert {name: theirs[name] for name in promised} == {name: ours[name] for name in promised}
    assert (theirs["acks"], theirs["max_request_size"]) == ("all", MAX_RECORD)
    assert theirs["enable_idempotence"] is idempotent


async def test_a_producer_that_does_not_start_leaves_nothing_behind(place: Path) -> None:
    """A process that starts tries again every two seconds, for as long as the broker refuses."""
    async with Broker(place / "refusing") as refusing:
        before = asyncio.all_tasks()
        for _ in range(2):
            with pytest.raises(KafkaError):  # the embedded broker has no idempotent producers
                async with open_broker(settings_of(refusing, idempotent=True), "test", []):
                    pass
        left = asyncio.all_tasks() - before  # among them may be tasks of other tests' services, which end soon
        await eventually(lambda: all(task.done() for task in left))
