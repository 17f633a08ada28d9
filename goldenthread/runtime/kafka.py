"""Kafka: one way to make a producer, and the one function every subscription goes through."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.partitioner import murmur2

from goldenthread.contracts.topics import MAX_RECORD, PARTITIONS, Topic
from goldenthread.contracts.topics import topics as every_topic
from goldenthread.runtime.health import NotReady
from goldenthread.runtime.settings import Service
from goldenthread.runtime.starting import needing
from goldenthread.runtime.topics import require_topics, topics_problem

MAX_BATCH = 512 * 1024
"""Bytes of a batch of several records, at most. One record may be larger."""
_PING_MS = 1_000


def connection(settings: Service, client_id: str) -> dict[str, Any]:
    """What every client needs to reach the brokers."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka,
        "client_id": client_id,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_sasl_mechanism:
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_sasl_username
        options["sasl_plain_password"] = password(settings)
    return options


def password(settings: Service) -> str | None:
    """The password for SASL, where one is set, in the clear: for a client that is being made."""
    return None if settings.kafka_sasl_password is None else settings.kafka_sasl_password.reveal()


def pinging(settings: Service, client_id: str, topics: Collection[str] = ()) -> Callable[[], Awaitable[None]]:
    """A check that connects to a broker and has it say which others, and which of `topics`, there are. It raises what
    went wrong.
    """
    options, wanted = connection(settings, f"{client_id}-ready"), _wanted(settings, topics)

    async def ping() -> None:
        client = AIOKafkaClient(**options, request_timeout_ms=_PING_MS)
        try:
            await client.bootstrap()
            if wanted and (problem := await topics_problem(client, wanted)) is not None:
                raise NotReady(problem)
        finally:
            await client.close()

    return ping


@lru_cache(maxsize=100_000)
def partition_of(organization: str, partitions: int = PARTITIONS) -> int:
    """The partition an organisation's records are on: Kafka's default partitioner on its id."""
    return int(murmur2(organization.encode()) & 0x7FFFFFFF) % partitions


def make_producer(settings: Service, client_id: str) -> AIOKafkaProducer:
    """A producer that waits for all replicas; idempotent unless the broker has no such thing."""
    return AIOKafkaProducer(
        **connection(settings, client_id),
        acks="all",
        enable_idempotence=settings.kafka_idempotent,
        linger_ms=0,
        max_batch_size=MAX_BATCH,
        max_request_size=MAX_RECORD,
    )


@asynccontextmanager
async def open_producer(settings: Service, client_id: str, topics: Collection[str]) -> AsyncIterator[AIOKafkaProducer]:
    """A started producer. Raises Awaited while one of `topics`, which its process needs, is not as it should be."""
    producer = make_producer(settings, client_id)
    try:
        with needing("broker", f"Kafka ({settings.kafka})"):
            await require_topics(connection(settings, client_id), _wanted(settings, topics))
            await producer.start()
        yield producer
    finally:
        await producer.stop()


def _wanted(settings: Service, names: Collection[str]) -> list[Topic]:
    """These topics, as they are to be in this installation."""
    return [topic for topic in every_topic(settings.partitions) if topic.name in names]
