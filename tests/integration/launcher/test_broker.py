from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from goldenthread.contracts.topics import GOALS, TOPICS, Topic
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.topic_creation import TopicsDiffer, ensure_topics
from tests.integration.launcher.process_liveness import suspend


async def partitions(address: str) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        return {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    finally:
        await admin.close()


async def publish(address: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    try:
        await producer.send_and_wait(GOALS, value, partition=3)
    finally:
        await producer.stop()


async def records(address: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=address)
    await consumer.start()
    try:
        where = TopicPartition(GOALS, 3)
        consumer.assign([where])
        end, found = (await consumer.end_offsets([where]))[where], list[bytes]()
        await consumer.seek_to_beginning(where)
        while await consumer.position(where) < end:
            found += [each.value for some in (await consumer.getmany(timeout_ms=1000)).values() for each in some]
        return found
    finally:
        await consumer.stop()


EVERY_TOPIC = {topic.name: topic.partitions for topic in TOPICS}


async def test_a_started_broker_has_every_topic_with_its_partitions(new_data_dir: Path) -> None:
    async with Broker(new_data_dir) as broker:
        assert await partitions(broker.address) == EVERY_TOPIC
        await publish(broker.address, b"one")
        assert await records(broker.address) == [b"one"]
    assert broker.pid is None


async def test_a_killed_broker_comes_back_empty_at_its_address_and_its_topics_are_made_again(
    new_data_dir: Path,
) -> None:
    async with Broker(new_data_dir) as broker:
        await publish(broker.address, b"before")
        address = broker.address
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)
        assert await broker.wait() == -signal.SIGKILL
        await broker.start()
        assert broker.address == address
        assert await partitions(address) == EVERY_TOPIC
        assert await records(address) == []
        await publish(address, b"after")
        assert await records(address) == [b"after"]


async def test_topics_that_exist_are_left_alone_and_a_wrong_number_of_partitions_is_named(new_data_dir: Path) -> None:
    async with Broker(new_data_dir) as broker:
        await publish(broker.address, b"kept")
        await ensure_topics(broker.address)
        assert await records(broker.address) == [b"kept"]
        with pytest.raises(TopicsDiffer, match=f"{GOALS} on {broker.address} has 12 partitions, not 5"):
            await ensure_topics(broker.address, [Topic(GOALS, 5, -1)])


async def test_when_a_client_made_a_topic_first_the_empty_broker_is_started_again(
    new_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(new_data_dir)
    run, pids = broker._run, []

    async def run_and_be_overtaken_once(patience: float) -> None:
        await run(patience)
        pids.append(broker.pid)
        if len(pids) == 1:
            admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
            await admin.start()
            await admin.create_topics([NewTopic(GOALS, 1, 1)])
            await admin.close()

    monkeypatch.setattr(broker, "_run", run_and_be_overtaken_once)
    async with broker:
        assert len(pids) == 2
        assert await partitions(broker.address) == EVERY_TOPIC


async def test_an_unreachable_broker_is_an_error_that_names_the_address() -> None:
    with pytest.raises(LaunchError, match=r"127\.0\.0\.1:1"):
        await ensure_topics("127.0.0.1:1")


async def test_a_stopped_broker_answers_no_ping_and_can_be_killed_and_started(data_dir: Path) -> None:
    async with Broker(data_dir) as broker:
        await broker.ping()
        assert broker.pid is not None
        await suspend(broker.pid)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(broker.ping(), 0.3)
        broker.kill()
        assert await broker.wait() == -signal.SIGKILL
        await broker.start()
        await broker.ping()
