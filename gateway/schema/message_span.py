"""The span of a subscription's message: where the trace of a change ends."""

from __future__ import annotations

from contextlib import AbstractContextManager

from opentelemetry.trace import SpanKind

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.observability import tracing


def message_span(field: str, event: Event) -> AbstractContextManager[None]:
    """While the message about `event` is made and sent. It belongs to the trace of the change that brought the event
    about, and links to the subscription's; where that trace is not kept, there is none.
    """
    operation = tracing.traceparent()
    attributes = {
        "graphql.operation.type": "subscription",
        "goldenthread.subscription.field": field,
        "goldenthread.event.type": event.type,
        tracing.ORGANIZATION: event.organization,
    }
    links = () if operation is None else (operation,)
    return tracing.span_of_message("subscription message", SpanKind.PRODUCER, event.traceparent, links, attributes)
