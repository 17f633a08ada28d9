"""`goldenthread topics`: on any Kafka the topics are there afterwards, and what differs is refused."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from goldenthread.contracts.topics import ALERTS, ALIGNMENT, GOALS, TOPICS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.ports import free_port

PROGRAM = "from goldenthread.cli import main; main()"


async def topics(*arguments: str, **variables: str) -> tuple[int | None, str, str]:
    """What the command says in an environment of nothing but these settings."""
    given = {f"GOLDENTHREAD_{name}": value for name, value in variables.items()}
    command = (sys.executable, "-P", "-c", PROGRAM, "topics", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env=given, cwd="/", stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def change(broker: Broker, deleted: list[str], *created: NewTopic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    try:
        if deleted:
            await admin.delete_topics(deleted)
        if created:
            await admin.create_topics(list(created))
    finally:
        await admin.close()


async def test_what_is_missing_is_shown_then_created_and_nothing_is_said_when_all_is_there(new_data_dir: Path) -> None:
    async with Broker(new_data_dir) as broker:
        assert await topics(KAFKA=broker.address) == (0, "", "")
        await change(broker, [GOALS, ALERTS])
        shown = await topics("--dry-run", KAFKA=broker.address)
        assert await topics("--dry-run", KAFKA=broker.address) == shown
        code, out, err = await topics("--json", KAFKA=broker.address)
        assert (code, err) == (0, "")
        assert [(each["name"], each["partitions"]) for each in json.loads(out)["created"]] == [
            (topic.name, topic.partitions) for topic in TOPICS if topic.name in (GOALS, ALERTS)
        ]
        settings = "partitions=12, retention.ms=604800000, max.message.bytes=16842752"
        assert shown == (0, "".join(f"{name}: would be created, {settings}\n" for name in (GOALS, ALERTS)), "")
        assert await topics(KAFKA=broker.address) == (0, "", "")


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)], ids=["create", "dry run"])
async def test_a_topic_with_other_partitions_is_refused(new_data_dir: Path, arguments: tuple[str, ...]) -> None:
    async with Broker(new_data_dir) as broker:
        await change(broker, [ALIGNMENT], NewTopic(ALIGNMENT, 3, 1))
        said = f"goldenthread: topic {ALIGNMENT} on {broker.address} has 3 partitions, not 12\n"
        assert await topics(*arguments, KAFKA=broker.address) == (1, "", said)


async def test_a_broker_that_comes_later_is_waited_for(new_data_dir: Path) -> None:
    broker = Broker(new_data_dir)
    asked = asyncio.create_task(topics(KAFKA=broker.address))
    async with broker:
        assert (await asked)[0] == 0


async def test_a_broker_that_does_not_come_and_a_setting_that_is_missing_are_said_in_words() -> None:
    address = f"127.0.0.1:{free_port()}"
    code, out, err = await topics("--wait", "0", KAFKA=address)
    assert (code, out) == (1, "")
    assert err.startswith(f"goldenthread: no topics could be created on {address}: ")
    assert await topics() == (2, "", "goldenthread: GOLDENTHREAD_KAFKA is not set\n")
    code, _, err = await topics(KAFKA=address, KAFKA_SECURITY_PROTOCOL="SASL_SSL", KAFKA_SASL_MECHANISM="PLAIN")
    assert code == 2
    assert "GOLDENTHREAD_KAFKA_SASL_PASSWORD" in err
