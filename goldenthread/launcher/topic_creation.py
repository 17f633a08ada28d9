"""The topics of `contracts.topics` on any Kafka: made where they are missing, refused where they differ."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code

from goldenthread.contracts.topics import TOPICS, Topic
from goldenthread.launcher.errors import LaunchError
from goldenthread.runtime.kafka.clients import explained_errors
from goldenthread.runtime.kafka.topic_check import max_message_bytes, too_small

_ALREADY_EXISTS = 36
_TIMEOUT_MS = 15_000


class TopicsDiffer(LaunchError):
    """The broker has a topic with other partitions, or for smaller records, than `contracts.topics` says."""


async def ensure_topics(
    kafka: str | Mapping[str, Any], topics: Iterable[Topic] = TOPICS, *, dry_run: bool = False
) -> list[Topic]:
    """Create the topics that do not exist, and return them; with `dry_run` only return them.

    `kafka` is an address, or all that a client needs (`kafka.connection`). Every record is kept by three brokers, or by
    all there are when they are fewer. Raises TopicsDiffer when a topic exists with other partitions or a lower limit,
    and LaunchError when the broker does not answer (then its cause is the error) or refuses.
    """
    options = {"bootstrap_servers": kafka} if isinstance(kafka, str) else dict(kafka)
    where, wanted = options["bootstrap_servers"], {topic.name: topic for topic in topics}
    admin = AIOKafkaAdminClient(**options, request_timeout_ms=_TIMEOUT_MS)
    try:
        with explained_errors(options):
            await admin.start()
        created = await _missing(admin, wanted) if dry_run else await _create(admin, wanted, where)
        there = [name for name in wanted if not dry_run or wanted[name] not in created]
        for name, count in (await _partitions(admin, there)).items():
            if count != (right := wanted[name].partitions):
                raise TopicsDiffer(f"topic {name} on {where} has {count} partitions, not {right}")
        await _refuse_small(admin, [wanted[name] for name in there if wanted[name] not in created], where)
        return created
    except (KafkaError, OSError, TimeoutError) as error:
        raise LaunchError(f"no topics could be {'read' if dry_run else 'created'} on {where}: {error!r}") from error
    finally:
        await admin.close()


async def _missing(admin: AIOKafkaAdminClient, wanted: Mapping[str, Topic]) -> list[Topic]:
    """Those that do not exist. All are asked for: a broker may create one that it is asked for by name."""
    there = {topic["topic"] for topic in await admin.describe_topics()}
    return [topic for name, topic in wanted.items() if name not in there]


async def _create(admin: AIOKafkaAdminClient, wanted: Mapping[str, Topic], where: str) -> list[Topic]:
    """Those that did not exist; those that did are left as they are."""
    replication = min(3, len((await admin.describe_cluster())["brokers"]))
    answer = await admin.create_topics([_new(topic, replication) for topic in wanted.values()])
    created = []
    for name, code, *_ in answer.topic_errors:
        if code == 0:
            created.append(wanted[name])
        elif code != _ALREADY_EXISTS:
            raise LaunchError(f"topic {name} could not be created on {where}: Kafka says {for_code(code).__name__}")
    return created


def _new(topic: Topic, replication: int) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=topic.settings)


async def _partitions(admin: AIOKafkaAdminClient, names: list[str], patience: float = 10.0) -> dict[str, int]:
    """How many partitions each topic has. A broker may take a moment to know those that were just made."""
    deadline = asyncio.get_running_loop().time() + patience
    while names:
        found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics(names)}
        if all(found.values()) or asyncio.get_running_loop().time() > deadline:
            return found
        await asyncio.sleep(0.05)
    return {}


async def _refuse_small(admin: AIOKafkaAdminClient, topics: list[Topic], where: str) -> None:
    """Topics that somebody else made must take the largest record. A broker that does not tell is believed."""
    if wrong := too_small(await max_message_bytes(admin, [topic.name for topic in topics]), topics):
        raise TopicsDiffer(f"on {where}: {', '.join(wrong)}")
