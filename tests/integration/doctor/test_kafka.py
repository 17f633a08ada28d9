"""Mistakes around Kafka: each is named, with where it comes from and what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from goldenthread.cli.doctor.deployment.findings import FindingState
from goldenthread.contracts.topics import ALIGNMENT, GOALS, PARTITIONS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.ports import free_port
from tests.integration.doctor.conftest import Deployment
from tests.support.hanging_server import hanging_server


@pytest.fixture
async def broker_alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    async with Broker(tmp_path_factory.mktemp("broker")) as server:
        yield server


async def change(broker: Broker, deleted: list[str], *created: NewTopic) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    try:
        await admin.delete_topics(deleted)
        if created:
            await admin.create_topics(list(created))
    finally:
        await admin.close()


async def test_a_topic_that_is_missing_is_named_and_not_created(deployment: Deployment, broker_alone: Broker) -> None:
    await change(broker_alone, [ALIGNMENT])
    for _ in range(2):
        found = await deployment.diagnosed("alignment", KAFKA=broker_alone.address)
        assert found.problems == {
            "kafka topics": f"topic {ALIGNMENT} does not exist, or may not be seen with this login"
            " → `goldenthread topics` creates topics that are missing"
        }


async def test_too_few_partitions_are_named(deployment: Deployment, broker_alone: Broker) -> None:
    await change(broker_alone, [GOALS], NewTopic(GOALS, 3, 1))
    found = await deployment.diagnosed("goals", KAFKA=broker_alone.address)
    said = found.problems["kafka topics"]
    assert said.startswith(f"topic {GOALS} has 3 partitions, not {PARTITIONS} → ")
    assert "GOLDENTHREAD_PARTITIONS" in said


async def test_too_small_messages_are_named(deployment: Deployment, broker_alone: Broker) -> None:
    small = {"max.message.bytes": "1048588"}
    await change(broker_alone, [GOALS], NewTopic(GOALS, PARTITIONS, 1, topic_configs=small))
    found = await deployment.diagnosed("goals", KAFKA=broker_alone.address)
    assert list(found.problems) == ["kafka largest record"]
    said = found.problems["kafka largest record"]
    assert f"topic {GOALS} takes records of 1048588 bytes at most: set its max.message.bytes to 16842752" in said


async def test_a_broker_that_is_away_is_named_and_is_no_problem_while_another_one_answers(
    deployment: Deployment,
) -> None:
    away = f"127.0.0.1:{free_port()}"
    found = await deployment.diagnosed("goals", KAFKA=away)
    assert found.problems["kafka"].startswith(
        f"{away} (GOLDENTHREAD_KAFKA): nothing listens there (connection refused) → see whether it runs"
    )
    found = await deployment.diagnosed("goals", KAFKA=f"{away},{deployment.broker.address}")
    assert found.problems == {}
    assert FindingState.WARNING in [each.state for each in found.of("kafka")]


async def test_a_broker_that_never_answers_is_named(deployment: Deployment) -> None:
    port = free_port()
    async with hanging_server(port):
        found = await deployment.diagnosed("goals", KAFKA=f"127.0.0.1:{port}")
    assert (
        f"127.0.0.1:{port} (GOLDENTHREAD_KAFKA): it takes the connection, and says nothing → see whether it hangs"
        in found.problems["kafka"]
    )


async def test_tls_towards_a_port_without_it_names_the_setting(deployment: Deployment) -> None:
    found = await deployment.diagnosed("goals", KAFKA_SECURITY_PROTOCOL="SSL")
    assert "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL (SSL)" in found.problems["kafka"]


async def test_idempotent_producers_that_the_broker_has_not_are_named(
    deployment: Deployment, broker_alone: Broker
) -> None:
    found = await deployment.diagnosed("goals", KAFKA=broker_alone.address, KAFKA_IDEMPOTENT="true")
    setting = "GOLDENTHREAD_KAFKA_IDEMPOTENT"
    assert found.problems == {
        "kafka producers": f"{setting} is true, and the broker has no idempotent producers → set {setting} to false"
    }
