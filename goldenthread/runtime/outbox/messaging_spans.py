"""Spans of events on their way to a topic, as OpenTelemetry's messaging conventions have them.

`create` is where events are made: its context is stored with them (`traceparent`), and what happens because of them
belongs to its trace. `send` is one batch on its way to the broker, with events of many traces: it has a trace of its
own, and links to where its events were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import SpanKind

from goldenthread.runtime.observability import tracing

_SYSTEM = {"messaging.system": "kafka"}


@contextmanager
def create_span(topic: str, events: int) -> Iterator[None]:
    """While so many events for `topic` are made that are going to be stored; for none, there is no span.

    `tracing.traceparent()` in the block is what to store with them.
    """
    if not events:
        yield
        return
    attributes = _attributes("create", topic)
    if events > 1:
        attributes["messaging.batch.message_count"] = events
    with tracing.span(f"create {topic}", SpanKind.PRODUCER, attributes=attributes):
        yield


@contextmanager
def send_span(topic: str, partition: int, records: int, created: Sequence[str]) -> Iterator[None]:
    """While a batch is sent whose records were made in the contexts `created`. Without any, there is no span."""
    if not created:
        yield
        return
    attributes = _attributes("send", topic) | {
        "messaging.destination.partition.id": str(partition),
        "messaging.batch.message_count": records,
    }
    with tracing.span(f"send {topic}", SpanKind.CLIENT, links=created, attributes=attributes):
        yield


def _attributes(operation: str, topic: str) -> dict[str, str | int]:
    named = {"messaging.operation.name": operation, "messaging.operation.type": operation}
    return {**_SYSTEM, **named, "messaging.destination.name": topic}
