"""The topics of an Apache Kafka are those of the contract table, and no others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from goldenthread.contracts.topics import MAX_RECORD, TOPICS, Topic
from goldenthread.launcher.topic_creation import TopicsDiffer, ensure_topics
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.kafka.clients import make_producer
from goldenthread.runtime.kafka.topic_check import require_topics
from goldenthread.runtime.observability.start_progress import PrerequisiteMissing
from tests.integration.kafka.conftest import Configure
from tests.support.apache_kafka.broker import ApacheKafka

pytestmark = pytest.mark.kafka


@pytest.fixture
async def admin(kafka: ApacheKafka) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await client.start()
    yield client
    await client.close()


async def configuration(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    ((error, _, _, name, entries),) = answer.resources
    assert (error, name) == (0, topic)
    return {entry[0]: entry[1] for entry in entries}


async def test_every_topic_of_the_table_exists_with_its_partitions_and_none_besides(
    admin: AIOKafkaAdminClient,
) -> None:
    found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    ours = {name: partitions for name, partitions in found.items() if name.startswith("goldenthread.")}
    assert ours == {topic.name: topic.partitions for topic in TOPICS}


async def test_every_topic_forgets_by_age_as_the_table_says_and_is_never_compacted(
    admin: AIOKafkaAdminClient,
) -> None:
    for topic in TOPICS:
        found = await configuration(admin, topic.name)
        assert (found["cleanup.policy"], found["retention.ms"]) == ("delete", str(topic.retention_ms))


async def test_every_topic_takes_the_largest_record_a_producer_sends(admin: AIOKafkaAdminClient) -> None:
    for topic in TOPICS:
        assert int((await configuration(admin, topic.name))["max.message.bytes"]) > MAX_RECORD


async def test_a_topic_that_somebody_made_for_smaller_records_is_named_with_what_would_mend_it(
    kafka: ApacheKafka, configure: Configure
) -> None:
    topic = Topic(await configure(), 1, -1)
    with pytest.raises(TopicsDiffer, match=f"{topic.name} .* 1048588 bytes.* max.message.bytes to {2**24 + 2**16}"):
        await ensure_topics(kafka.address, [topic])
    with pytest.raises(
        PrerequisiteMissing, match=f"{topic.name} takes records of 1048588 bytes.* max.message.bytes to 16842752"
    ):
        await require_topics({"bootstrap_servers": kafka.address}, [topic])
    await configure(topic.name, max_message_bytes=str(topic.max_message_bytes))
    await ensure_topics(kafka.address, [topic])
    await require_topics({"bootstrap_servers": kafka.address}, [topic])


async def test_making_the_topics_again_changes_nothing(admin: AIOKafkaAdminClient, kafka: ApacheKafka) -> None:
    before = await admin.describe_topics([topic.name for topic in TOPICS])
    await ensure_topics(kafka.address)
    assert await admin.describe_topics([topic.name for topic in TOPICS]) == before


async def test_a_topic_outside_the_table_is_not_made_by_mentioning_it(
    admin: AIOKafkaAdminClient, settings: ProcessSettings
) -> None:
    async with make_producer(settings, "mentions-it") as producer:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(producer.send_and_wait("goldenthread.unheard-of.v1", b"?"), 2)
    assert "goldenthread.unheard-of.v1" not in await admin.list_topics()
