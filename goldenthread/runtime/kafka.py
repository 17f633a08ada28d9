"""Kafka: one way to make a producer, and the one function every subscription goes through."""

from __future__ import annotations

import ssl
from typing import Any

from aiokafka import AIOKafkaProducer

from goldenthread.contracts.topics import MAX_RECORD
from goldenthread.runtime.settings import Service


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
        options["sasl_plain_password"] = settings.kafka_sasl_password
    return options


def make_producer(settings: Service, client_id: str) -> AIOKafkaProducer:
    """A producer that waits for all replicas; idempotent unless the broker has no such thing."""
    return AIOKafkaProducer(
        **connection(settings, client_id),
        acks="all",
        enable_idempotence=settings.kafka_idempotent,
        linger_ms=0,
        max_batch_size=256 * 1024,
        max_request_size=MAX_RECORD,
    )
