"""A process's FastStream broker: its connection to Kafka, its producer, its logger, its traces and metrics."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer
from faststream.kafka import KafkaBroker
from faststream.kafka.opentelemetry import KafkaTelemetryMiddleware
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from faststream.kafka.publisher.producer import AioKafkaFastProducerImpl
from faststream.security import BaseSecurity, SASLOAuthBearer, SASLPlaintext, SASLScram256, SASLScram512
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import TracerProvider
from prometheus_client import REGISTRY

from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.kafka import clients as kafka
from goldenthread.runtime.kafka.oauth_tokens import OAUTHBEARER
from goldenthread.runtime.observability import tracing
from goldenthread.runtime.observability.start_progress import waiting_for
from goldenthread.runtime.tokens.token_sources import TokenSource

if TYPE_CHECKING:
    from fast_depends.library.serializer import SerializerProto
    from faststream._internal.parser import CodecProto

faststream_log = logging.getLogger("goldenthread.runtime.faststream")
"""FastStream's log lines: assigned partitions at INFO, errors of the broker at ERROR, two lines for each batch at
DEBUG.
"""
# `open_broker` has checked the topics. A warning at every start that needs no action would hide other warnings.
faststream_log.addFilter(lambda line: "Auto create topics is disabled" not in line.getMessage())


def make_broker(
    settings: ProcessSettings,
    client_id: str,
    own: TokenSource | None = None,
    tracer_provider: TracerProvider | None = None,
) -> KafkaBroker:
    """A FastStream broker. It does not create topics. It connects with `kafka.connection_options`, and publishes like
    `kafka.make_producer`: a record counts as published when all replicas have it.

    Spans are made with `tracer_provider`, or by default with the provider of this process, which is None while traces
    are off: then no spans are made.
    """
    return _broker(settings, kafka.connection_options(settings, client_id, own), tracer_provider)


@asynccontextmanager
async def open_broker(
    settings: ProcessSettings, client_id: str, topics: Collection[str], own: TokenSource | None = None
) -> AsyncIterator[KafkaBroker]:
    """A broker that can publish until the block ends; `subscription.consuming` starts its subscribers.

    Raises `PrerequisiteMissing` while one of `topics`, which the process needs, is missing or has wrong settings.
    """
    options = kafka.connection_options(settings, client_id, own)
    broker = _broker(settings, options)
    async with AsyncExitStack() as stack:
        with waiting_for("broker", f"Kafka ({settings.kafka})"), kafka.explained_errors(options):
            await kafka.check_topics(settings, options, topics)
            stack.push_async_callback(broker.stop)
            await broker.connect()
        yield broker


def is_traced(broker: KafkaBroker) -> bool:
    """Whether spans are made for the batches that this broker consumes, and for its publications."""
    return any(isinstance(each, KafkaTelemetryMiddleware) for each in broker.middlewares)


def _broker(
    settings: ProcessSettings, options: Mapping[str, Any], tracer_provider: TracerProvider | None = None
) -> KafkaBroker:
    client_id = options["client_id"]
    broker = KafkaBroker(
        settings.kafka,
        client_id=client_id,
        security=_security(options),
        sasl_oauth_token_provider=options.get("sasl_oauth_token_provider"),
        allow_auto_create_topics=False,
        logger=faststream_log,
        log_level=logging.DEBUG,
        graceful_timeout=10.0,
        apply_types=False,  # the handler takes the batch itself; injected arguments would need a thread for each batch
        middlewares=_middlewares(client_id, tracer_provider),
        **kafka.producer_options(settings),
    )
    broker.config.broker_config.producer = _Producer(parser=None, decoder=None)
    return broker


class _Producer(AioKafkaFastProducerImpl):
    """FastStream's producer, closed if its start fails. A process that starts tries again every two seconds, and
    otherwise each attempt would leave connections and a task open.
    """

    async def connect(
        self, producer: AIOKafkaProducer, serializer: SerializerProto | None, codec: CodecProto | None = None
    ) -> None:
        try:
            await super().connect(producer, serializer, codec)
        except BaseException:
            await producer.stop()
            raise


def _middlewares(client_id: str, tracer_provider: TracerProvider | None) -> list[Any]:
    """FastStream's middlewares, the outermost first. The telemetry middleware gets no meter, because it would measure
    the same durations and counts as the Prometheus middleware.
    """
    measuring = KafkaPrometheusMiddleware(registry=REGISTRY, app_name=client_id)
    provider = tracer_provider or tracing.message_spans()
    if provider is None:  # tracing is off, and must cost nothing
        return [measuring]
    return [KafkaTelemetryMiddleware(tracer_provider=provider, meter_provider=NoOpMeterProvider()), measuring]


def _security(options: Mapping[str, Any]) -> BaseSecurity | None:
    """The options of a connection in FastStream's form."""
    context, mechanism = options.get("ssl_context"), options.get("sasl_mechanism")
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    if mechanism == OAUTHBEARER:
        return SASLOAuthBearer(ssl_context=context, use_ssl=context is not None)
    if mechanism is not None:
        return kinds[mechanism](
            username=options["sasl_plain_username"] or "",
            password=options["sasl_plain_password"] or "",
            ssl_context=context,
            use_ssl=context is not None,
        )
    return BaseSecurity(ssl_context=context, use_ssl=True) if context is not None else None
