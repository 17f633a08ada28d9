"""The spans of attempts to deliver: in the trace of the event, across retries, and without what is secret."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from msgspec import structs
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from goldenthread.contracts.events.alerts import AlertRaised
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.observability import tracing
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.notifications.migrations import MIGRATIONS
from services.notifications.webhooks import webhook_store
from services.notifications.webhooks.delivery_loop import DeliveryLoop
from services.notifications.webhooks.delivery_span import delivery_span, end_delivery_span
from services.notifications.webhooks.delivery_store import Message, ReceiverLease
from services.notifications.webhooks.sender import AttemptResult, Sender
from services.notifications.webhooks.webhook_store import WebhookEndpoint
from tests.support.asgi_server import eventually
from tests.support.encryption_keys import webhook_cipher
from tests.support.entities import T0
from tests.support.kept_spans import KeptSpans, kept_spans
from tests.unit.notifications.known_alerts import ALERT, event

KEPT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
URL = "https://hooks.example.org:8443/services/T0/token?key=hidden"
FAILED = AttemptResult("the receiver answered 500", status=500)


class Scripted(Sender):
    """Answers as it is told, then delivers."""

    def __init__(self, *outcomes: AttemptResult) -> None:
        self._outcomes = list(outcomes)

    async def send(self, webhook: WebhookEndpoint, message: str, body: str, seconds: float) -> AttemptResult:
        return self._outcomes.pop(0) if self._outcomes else AttemptResult(status=204)


@pytest.fixture
def spans() -> Iterator[KeptSpans]:
    with kept_spans() as kept:
        yield kept


@pytest.fixture
async def pool(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 8, SHARED, MIGRATIONS) as made:
        yield made


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def delivered(pool: Pool, sender: Sender, *contexts: str | None) -> None:
    """Deliver an alert for each context that it was raised in."""
    events = [
        structs.replace(event(AlertRaised(structs.replace(ALERT, id=f"alert_{number}")), 3), traceparent=context)
        for number, context in enumerate(contexts)
    ]
    async with pool.acquire() as connection, connection.transaction():
        hook = WebhookEndpoint("webhook_1", Secret(URL), None, Secret("whsec_AAAA"))
        await webhook_store.add(connection, webhook_cipher(), "org_1", hook, "person_1", T0)
        await webhook_store.queue_deliveries(connection, "org_1", events, {})
    task = asyncio.create_task(DeliveryLoop(pool, webhook_cipher(), sender, 0.001).run())

    async def done() -> bool:
        count = await pool.fetchval("SELECT count(*) FROM deliveries WHERE state = 'DELIVERED'")
        return bool(count == len(contexts))

    try:
        await eventually(done)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_each_attempt_has_a_span_in_the_trace_of_the_event(pool: Pool, spans: KeptSpans) -> None:
    await delivered(pool, Scripted(FAILED, AttemptResult("no answer within 2 seconds", error="timeout")), KEPT)
    found = list(spans)
    assert [(each.name, each.kind) for each in found] == [("POST", SpanKind.CLIENT)] * 3
    for each in found:
        assert each.parent is not None
        assert f"{each.parent.trace_id:032x}-{each.parent.span_id:016x}" == KEPT[3:-3]
    assert [attributes(each).get("http.request.resend_count") for each in found] == [None, 1, 2]
    assert [attributes(each).get("http.response.status_code") for each in found] == [500, None, 204]
    assert [attributes(each).get("error.type") for each in found] == ["500", "timeout", None]
    assert [each.status.status_code for each in found] == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET]


async def test_an_event_of_no_trace_that_is_kept_is_delivered_without_a_span(pool: Pool, spans: KeptSpans) -> None:
    await delivered(pool, Scripted(), None, KEPT[:-1] + "0")
    assert spans.names() == []


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (URL, ("hooks.example.org", 8443, "https://hooks.example.org:8443/REDACTED")),
        ("https://hooks.example.org/a", ("hooks.example.org", 443, "https://hooks.example.org:443/REDACTED")),
        ("http://[2a00::1]/a", ("2a00::1", 80, "http://[2a00::1]:80/REDACTED")),
        ("ftp://hooks.example.org/a", (None, None, None)),
        ("https://[::/a", (None, None, None)),
    ],
)
def test_the_address_is_named_without_its_path_and_query(
    spans: KeptSpans, url: str, address: tuple[str | None, int | None, str | None]
) -> None:
    lease = ReceiverLease(
        "org_1", WebhookEndpoint("webhook_1", Secret(url), None, Secret("whsec_AAAA")), "me", False, 0
    )
    with delivery_span(lease, Message("msg_1", "the body", 1, KEPT)) as span:
        end_delivery_span(span, AttemptResult(status=204))
    (found,) = spans
    names = ("server.address", "server.port", "url.full")
    assert tuple(attributes(found).get(name) for name in names) == address
    assert attributes(found)[tracing.ORGANIZATION] == "org_1"
    for secret in ("token", "hidden", "whsec", "the body", "/a"):
        assert secret not in found.to_json()
