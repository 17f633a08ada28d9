"""Producers on an Apache Kafka: idempotent, and content only when every replica in sync has the record."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest

from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.kafka.clients import make_producer
from tests.integration.kafka.conftest import Configure
from tests.support.apache_kafka.broker import ApacheKafka

pytestmark = pytest.mark.kafka

ALL = -1


async def test_our_producers_are_known_to_the_broker_and_number_their_records(
    kafka: ApacheKafka, settings: ProcessSettings, configure: Configure
) -> None:
    topic = await configure()
    async with make_producer(settings, "numbers") as producer:
        for number in range(5):
            await producer.send_and_wait(topic, b"%d" % number)
    stored = kafka.stored(topic, 0)
    assert [value for batch in stored for value in batch.values] == [b"%d" % number for number in range(5)]
    assert {batch.producer >= 0 for batch in stored} == {True}
    assert [batch.first_number for batch in stored] == [0, 1, 2, 3, 4]


async def test_our_producers_ask_for_the_acknowledgement_of_every_replica_in_sync(
    settings: ProcessSettings, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, asked, send = await configure(), list[int](), AIOKafkaClient.send

    async def overheard(self: Any, node: int, request: Any, **options: Any) -> Any:
        if isinstance(request, ProduceRequest):
            asked.append(request.required_acks)
        return await send(self, node, request, **options)

    monkeypatch.setattr(AIOKafkaClient, "send", overheard)
    async with make_producer(settings, "waits-for-all") as producer:
        await producer.send_and_wait(topic, b"kept by all")
    assert asked == [ALL]


async def test_records_sent_while_the_broker_is_killed_and_comes_back_are_there_once_and_in_order(
    kafka: ApacheKafka, settings: ProcessSettings, configure: Configure
) -> None:
    topic = await configure()
    values = [b"%d" % number for number in range(400)]
    async with make_producer(settings, "goes-on") as producer:

        async def send() -> None:
            for value in values:
                await producer.send_and_wait(topic, value)
                await asyncio.sleep(0.002)

        sending = asyncio.create_task(send())
        await asyncio.sleep(0.3)
        await kafka.kill()
        assert not sending.done()
        await kafka.start()
        await asyncio.wait_for(sending, 60)
    assert [value for batch in kafka.stored(topic, 0) for value in batch.values] == values
