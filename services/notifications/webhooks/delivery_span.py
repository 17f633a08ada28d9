"""The span of an attempt to deliver a message: in the trace of the change that the message is about.

It is a CLIENT span as OpenTelemetry's conventions for HTTP have it, but for two things. The path and the query of the
address are left out, because they are secrets with many receivers. And the receiver, who is a stranger, is sent no
trace context (docs/decisions/0050).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode

from goldenthread.runtime.observability import tracing
from services.notifications.webhooks.delivery_store import Message, ReceiverLease
from services.notifications.webhooks.sender import AttemptResult

_PORTS = {"http": 80, "https": 443}


@contextmanager
def delivery_span(lease: ReceiverLease, message: Message) -> Iterator[Span]:
    """While one attempt lasts; there is none for a message whose event was not traced."""
    if not (tracing.is_on() and tracing.is_sampled(message.traceparent)):
        yield INVALID_SPAN
        return
    attributes = _attributes(lease, message)
    with tracing.span("POST", SpanKind.CLIENT, parent=message.traceparent, attributes=attributes) as span:
        yield span


def end_delivery_span(span: Span, outcome: AttemptResult) -> None:
    """Say in the span what became of the attempt; what the receiver answered beyond its status is not read."""
    if outcome.status is not None:
        span.set_attribute("http.response.status_code", outcome.status)
    if not outcome.delivered:
        span.set_attribute("error.type", str(outcome.status or outcome.error))
        span.set_status(StatusCode.ERROR)


def _attributes(lease: ReceiverLease, message: Message) -> dict[str, str | int]:
    found: dict[str, str | int] = {
        "http.request.method": "POST",
        "goldenthread.webhook.id": lease.webhook.id,
        "messaging.message.id": message.id,
        tracing.ORGANIZATION: lease.organization,
    }
    if message.attempt > 1:
        found["http.request.resend_count"] = message.attempt - 1
    try:
        url = httpx.URL(lease.webhook.url.reveal())
        host, port = url.host, url.port or _PORTS[url.scheme]
    except (httpx.InvalidURL, ValueError, KeyError):  # the attempt says what is wrong with it
        return found
    place = f"[{host}]" if ":" in host else host
    found |= {"server.address": host, "server.port": port, "url.full": f"{url.scheme}://{place}:{port}/REDACTED"}
    return found
