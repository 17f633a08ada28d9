"""Kafka records into a projection: the one function every group subscription goes through.

Records are taken raw: what cannot be decoded (`decoding`) reaches the projection as such, instead of being skipped.
Offsets are committed after the projection has saved (`offset_committer`), and are only a hint.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, cast

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage
from faststream.message import StreamMessage
from faststream.security import BaseSecurity, SASLOAuthBearer, SASLPlaintext, SASLScram256, SASLScram512

from goldenthread.contracts.topics import dead_letter_topic, service_name
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.consumer.decoding import TOPIC_OF, record_of
from goldenthread.runtime.consumer.handler_guard import GuardedListener, HandlerGuard, faststream_log
from goldenthread.runtime.consumer.offset_committer import OffsetCommitter
from goldenthread.runtime.kafka import clients as kafka
from goldenthread.runtime.kafka.oauth_tokens import OAUTHBEARER
from goldenthread.runtime.observability import metrics, telemetry
from goldenthread.runtime.observability.failures import background
from goldenthread.runtime.observability.health import Check, NotReady
from goldenthread.runtime.observability.start_progress import waiting_for
from goldenthread.runtime.projection.projection import Projection
from goldenthread.runtime.projection.quarantine import DeadLetter, Reporter
from goldenthread.runtime.streams.upstream import Record
from goldenthread.runtime.tokens.token_sources import TokenSource

_Parse = Callable[[tuple[ConsumerRecord, ...]], Awaitable[StreamMessage[Any]]]
_BATCH = 1_000
_LINKS = 32
"""Traces a batch's span links to, at most."""
_END_WITHIN = 1.0
"""Seconds that an end waits for what is being saved."""


class ConsumerHandle(NamedTuple):
    """What `consuming` needs of a subscription."""

    guard: HandlerGuard
    committer: OffsetCommitter


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells the projection which partitions it has. Topics are co-partitioned and ranged: the numbers agree."""

    def __init__(self, projection: Projection[Any], committer: OffsetCommitter, patience: float) -> None:
        self._projection, self._committer, self._patience = projection, committer, patience

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        """What is being saved is saved and acknowledged first, if that does not take long."""
        await self._committer.flush(self._patience)
        self._committer.revoked()
        self._projection.revoke({each.partition for each in revoked})

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._committer.assigned()
        self._projection.assign({each.partition for each in assigned})


def make_broker(settings: ProcessSettings, client_id: str, own: TokenSource | None = None) -> KafkaBroker:
    """A FastStream broker; it creates no topics by accident. It reaches Kafka as `kafka.connection_options` says."""
    options = kafka.connection_options(settings, client_id, own)
    return KafkaBroker(
        settings.kafka,
        client_id=client_id,
        security=_security(options),
        sasl_oauth_token_provider=options.get("sasl_oauth_token_provider"),
        allow_auto_create_topics=False,
        logger=faststream_log,
        graceful_timeout=10.0,
        apply_types=False,  # the handler takes the message as it is; finding arguments takes a thread for each batch
    )


def subscribe(
    broker: KafkaBroker,
    settings: ProcessSettings,
    projection: Projection[Any],
    topics: Sequence[str],
    group: str,
    unread: Collection[str] = (),
) -> ConsumerHandle:
    """Feed `topics` to `projection` as a member of `group`, from the earliest record, while `consuming`.

    A batch is acknowledged when it is saved, and folding goes on meanwhile. Nothing follows from the data of the event
    types `unread`: it is left as it is. An error that the projection does not deal with ends consuming.
    """
    guard = HandlerGuard()
    committer = OffsetCommitter(guard.fail)
    broker.add_middleware(guard)
    metrics.QUARANTINED.labels(group).set_function(lambda: len(projection.quarantined))
    metrics.REPAIRS.follow(group, lambda: projection.stats)

    @broker.subscriber(
        *topics,
        group_id=group,
        batch=True,
        max_records=_BATCH,
        batch_timeout_ms=max(1, settings.kafka_fetch_wait_ms // 2) if settings.kafka_fetch_wait_ms < 100 else 20,
        fetch_max_wait_ms=settings.kafka_fetch_wait_ms,
        session_timeout_ms=settings.kafka_session_timeout_ms,
        heartbeat_interval_ms=settings.kafka_session_timeout_ms // 3,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        partition_assignment_strategy=(RangePartitionAssignor,),
        listener=GuardedListener(guard, _Listener(projection, committer, settings.kafka_session_timeout_ms / 5_000)),
        parser=_unparsed,
        decoder=_undecoded,
    )
    async def fold(batch: _RawBatch) -> None:
        raw, consumer = batch
        assignment = committer.assignment
        keys = {each.key for each in raw}
        ours = {key for key in keys if key is None or projection.owns(key.decode(errors="replace"))}
        records = [found for each in raw if each.key in ours and (found := record_of(each, unread)) is not None]
        with telemetry.span(f"{group} fold", links=_traces(records), records=len(records)):
            receipt = await projection.consume(records)
        metrics.FOLDED.labels(group).inc(len(records))
        await committer.commit_after(receipt, raw, consumer, assignment)

    return ConsumerHandle(guard, committer)


@asynccontextmanager
async def consuming(broker: KafkaBroker, subscription: ConsumerHandle) -> AsyncIterator[None]:
    """Consumes until the block ends; then what is being saved is saved and acknowledged, unless that takes long.

    What nobody foresaw ends the process (`failures.background`).
    """
    guard, committer = subscription
    try:
        async with broker:
            with waiting_for("broker", "Kafka"):
                await broker.start()
            guard.watch_reading(broker)
            try:
                async with background(asyncio.create_task(guard.watch(broker), name="consumer")):
                    yield
            finally:
                await committer.end(_END_WITHIN)
    finally:
        await committer.close()


def upstream_checks(projection: Projection[Any]) -> dict[str, Check]:
    """For each upstream of a projection a check that says when it did not answer the last time it was asked."""

    def check(source: str) -> Check:
        async def answered() -> None:
            if source in projection.away:
                raise NotReady(
                    f"{service_name(source)} does not answer; what the broker does not bring is fetched when it does"
                )

        return answered

    return {service_name(source): check(source) for source in projection.sources}


def dead_letter_reporter(producer: AIOKafkaProducer, consumer: str) -> Reporter:
    """Sends what stopped an organization to the topic's dead letters: the original bytes, where, and why."""

    async def report(notice: DeadLetter) -> None:
        headers = {
            "consumer": consumer,
            "organization": notice.organization,
            "source": notice.source,
            "sequence": str(notice.position.sequence),
            "reason": notice.reason,
        }
        await producer.send_and_wait(
            dead_letter_topic(TOPIC_OF[notice.source]),
            key=notice.organization.encode(),
            value=notice.record.value if notice.record else b"",
            headers=[(name, value.encode()) for name, value in headers.items()],
        )

    return report


async def _unparsed(message: tuple[ConsumerRecord, ...], parse: _Parse) -> StreamMessage[Any]:
    """A batch, of which only the first record is looked at: the handler reads the raw ones."""
    parsed = await parse(message[:1])
    parsed.raw_message = message
    return parsed


class _RawBatch(NamedTuple):
    """What the handler is given. Not the message: that keeps what it was decoded to, and would keep itself."""

    records: Sequence[ConsumerRecord]
    consumer: AIOKafkaConsumer


async def _undecoded(message: StreamMessage[Any]) -> _RawBatch:
    """Nothing is decoded before the handler: a failure there would skip the whole batch."""
    return _RawBatch(message.raw_message, cast(AIOKafkaConsumer, cast(KafkaMessage, message).consumer))


def _traces(records: Sequence[Record]) -> tuple[str, ...]:
    found = (record.event.traceparent for record in records if record.event is not None)
    return tuple(dict.fromkeys(each for each in found if each))[:_LINKS]


def _security(options: Mapping[str, Any]) -> BaseSecurity | None:
    """FastStream's words for the options of a connection."""
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
