"""Whether the topics are on the broker as `contracts.topics` defines them. The message names those that are not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient

from goldenthread.contracts.topics import Topic
from goldenthread.runtime.observability.start_progress import PrerequisiteMissing

LIMIT = "max.message.bytes"
_TIMEOUT_MS = 10_000
MEND = "`goldenthread topics` creates topics that are missing"


async def require_topics(options: Mapping[str, Any], topics: Collection[Topic]) -> None:
    """Raise Awaited when one of `topics` is missing, has other partitions, or takes too small records.

    `options` is what a client needs to reach the brokers.
    """
    admin = AIOKafkaAdminClient(**options, request_timeout_ms=_TIMEOUT_MS)
    try:
        await admin.start()
        # All are asked for: a broker may create one that it is asked for by name.
        found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
        limits = await max_message_bytes(admin, [topic.name for topic in topics if topic.name in found])
    finally:
        await admin.close()
    wrong = [*wrong_partitions(found, topics), *too_small(limits, topics)]
    if wrong:
        raise PrerequisiteMissing(f"{', '.join(wrong)}; {MEND}")


async def topics_problem(client: AIOKafkaClient, topics: Collection[Topic]) -> str | None:
    """Which of `topics` are missing or have other partitions, as a client that is connected learns; None: none."""
    cluster = await client.fetch_all_metadata()
    found = {topic.name: len(cluster.partitions_for_topic(topic.name) or ()) for topic in topics}
    wrong = wrong_partitions(found, topics)
    return f"{', '.join(wrong)}; {MEND}" if wrong else None


async def max_message_bytes(admin: AIOKafkaAdminClient, names: Collection[str]) -> dict[str, int]:
    """What a record of each topic may come to, where the broker tells (it needs the right to describe settings)."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    return {
        resource[3]: int(entry[1])
        for answer in (await admin.describe_configs(asked) if asked else [])
        for resource in answer.resources
        for entry in resource[4]
        if entry[0] == LIMIT and entry[1]
    }


def wrong_partitions(found: Mapping[str, int], topics: Collection[Topic]) -> list[str]:
    """Which of `topics` are missing, or have other partitions than they should; `found`: how many each has."""
    return [
        f"topic {topic.name} has {count} partitions, not {topic.partitions}"
        if (count := found.get(topic.name, 0))
        else f"topic {topic.name} does not exist, or may not be seen with this login"
        for topic in topics
        if found.get(topic.name, 0) != topic.partitions
    ]


def too_small(limits: Mapping[str, int], topics: Collection[Topic]) -> list[str]:
    """Which of `topics` do not take the largest record; one of which no limit is known is believed to."""
    return [
        f"topic {topic.name} takes records of {limit} bytes at most: set its {LIMIT} to {topic.max_message_bytes}"
        for topic in topics
        if (limit := limits.get(topic.name, topic.max_message_bytes)) < topic.max_message_bytes
    ]
