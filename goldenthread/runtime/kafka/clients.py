"""Kafka clients: how all reach the brokers, how producers publish, and whether brokers and topics are there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError
from aiokafka.partitioner import murmur2

from goldenthread.contracts.topics import MAX_RECORD, PARTITIONS, Topic
from goldenthread.contracts.topics import topics as every_topic
from goldenthread.runtime.configuration.certificates import CertificateFiles, CertificateProblem
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.kafka.oauth_tokens import OAUTHBEARER, BrokerTokenProvider
from goldenthread.runtime.kafka.tls import ReloadingContext
from goldenthread.runtime.kafka.topic_check import require_topics, topics_problem
from goldenthread.runtime.observability.health import NotReady
from goldenthread.runtime.tokens.token_sources import TokenSource

MAX_BATCH = 512 * 1024
"""Bytes of a batch of several records, at most. One record may be larger."""
_PING_MS = 1_000


def connection_options(settings: ProcessSettings, client_id: str, own: TokenSource | None = None) -> dict[str, Any]:
    """What every client needs to reach the brokers; with OAUTHBEARER, the source of its tokens, too.

    Raises `CertificateProblem` when certificates cannot be used. Later ones are used from when they are in the files.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka,
        "client_id": client_id,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        files = CertificateFiles(settings.kafka_ca_file, settings.kafka_certificate_file, settings.kafka_key_file)
        options["ssl_context"] = ReloadingContext(files)
    if settings.shows_brokers_a_token:
        if own is None:
            raise ValueError("OAUTHBEARER needs a source of tokens")
        options["sasl_mechanism"] = OAUTHBEARER
        options["sasl_oauth_token_provider"] = BrokerTokenProvider(own)
    elif settings.kafka_security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_sasl_username
        options["sasl_plain_password"] = password(settings)
    return options


def password(settings: ProcessSettings) -> str | None:
    """The password for SASL, where one is set, in the clear: for a client that is being made."""
    return None if settings.kafka_sasl_password is None else settings.kafka_sasl_password.reveal()


@contextmanager
def explained_errors(options: Mapping[str, Any]) -> Iterator[None]:
    """A client with these options that reaches no broker raises an error that says why: `CertificateProblem` because of
    TLS, KafkaConnectionError because of its token.
    """
    context, tokens = options.get("ssl_context"), options.get("sasl_oauth_token_provider")
    sources = [each for each in (context, tokens) if isinstance(each, ReloadingContext | BrokerTokenProvider)]
    for each in sources:
        each.problem = None
    try:
        yield
    except KafkaConnectionError as error:
        for each in sources:
            if each.problem is not None:
                kind = CertificateProblem if isinstance(each, ReloadingContext) else KafkaConnectionError
                raise kind(each.problem) from error
        raise


def broker_check(
    settings: ProcessSettings, client_id: str, topics: Collection[str] = (), own: TokenSource | None = None
) -> Callable[[], Awaitable[None]]:
    """A check that connects to a broker and has it say which others, and which of `topics`, there are. It raises what
    went wrong.
    """
    options, wanted = connection_options(settings, f"{client_id}-ready", own), _wanted(settings, topics)

    async def ping() -> None:
        client = AIOKafkaClient(**options, request_timeout_ms=_PING_MS)
        try:
            with explained_errors(options):
                await client.bootstrap()
            if wanted and (problem := await topics_problem(client, wanted)) is not None:
                raise NotReady(problem)
        finally:
            await client.close()

    return ping


@lru_cache(maxsize=100_000)
def partition_of(organization: str, partitions: int = PARTITIONS) -> int:
    """The partition an organization's records are on: Kafka's default partitioner on its id."""
    return int(murmur2(organization.encode()) & 0x7FFFFFFF) % partitions


def make_producer(settings: ProcessSettings, client_id: str, own: TokenSource | None = None) -> AIOKafkaProducer:
    """A producer that is not started; it publishes as `producer_options` says."""
    return AIOKafkaProducer(**connection_options(settings, client_id, own), **producer_options(settings))


def producer_options(settings: ProcessSettings) -> dict[str, Any]:
    """How every producer of ours publishes: a record is published when all replicas have it, and is published once
    unless the broker has no idempotent producers.
    """
    return {
        "acks": "all",
        "enable_idempotence": settings.kafka_idempotent,
        "linger_ms": 0,
        "max_batch_size": MAX_BATCH,
        "max_request_size": MAX_RECORD,
    }


async def check_topics(settings: ProcessSettings, options: Mapping[str, Any], names: Collection[str]) -> None:
    """Raise `PrerequisiteMissing` while one of these topics is not as it should be in this installation."""
    await require_topics(options, _wanted(settings, names))


def _wanted(settings: ProcessSettings, names: Collection[str]) -> list[Topic]:
    """These topics, as they are to be in this installation."""
    return [topic for topic in every_topic(settings.partitions) if topic.name in names]
