"""One trace from a mutation to the webhook and the subscription's message that it causes, edge by edge.

mutation → command → outbox → Kafka → alignment → Kafka → notifications → webhook, and → Kafka → subscription. A request
within another one is a child; a batch, which is of many traces, links to where its events were made.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from opentelemetry.trace import SpanKind

import goldenthread
from goldenthread.contracts.topics import ALERTS, ALIGNMENT, GOALS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from tests.integration.traced_story import CALLER, SECRET, TRACE, TracedStory, tell
from tests.support.metric_table import metric_mismatches, received
from tests.support.otlp_receiver import ReceivedSpan, context_of, otlp_receiver
from tests.support.real_processes import starting
from tests.support.span_table import mismatches
from tests.support.webhook_receiver import webhook_receiver

SERVER, CLIENT, INTERNAL = SpanKind.SERVER, SpanKind.CLIENT, SpanKind.INTERNAL
PRODUCER, CONSUMER = SpanKind.PRODUCER, SpanKind.CONSUMER
_METRICS = {"OTEL_METRICS_EXPORTER": "otlp", "OTEL_METRIC_EXPORT_INTERVAL": "1000"}


@pytest.fixture(scope="module")
async def story(
    postgres: Postgres, issuer: Issuer, place: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TracedStory]:
    """With a broker of their own: on another one they would be members of the groups of the other tests' services."""
    logs = tmp_path_factory.mktemp("logs")
    async with Broker(place / uuid.uuid4().hex) as kafka, webhook_receiver() as hooks:
        with otlp_receiver() as collector:
            async with starting(postgres, kafka, issuer, logs) as start:
                told = await tell(start, issuer, kafka.address, collector.address, hooks, **_METRICS)
            told.spans, told.metrics = collector.spans(), received(collector.metrics())
            yield told


@pytest.fixture(scope="module")
def created(story: TracedStory) -> ReceivedSpan:
    """Where the event of the mutation was made."""
    return story.span("goals", f"create {GOALS}", PRODUCER, trace_id=TRACE)


def test_the_callers_trace_goes_through_the_gateway_into_the_command_and_where_its_event_is_made(
    story: TracedStory, created: ReceivedSpan
) -> None:
    request = story.span("gateway", "POST /graphql", SERVER, parent_id=CALLER)
    operation = story.span("gateway", "mutation", SERVER, parent_id=request.span_id)
    asked = story.span("gateway", "POST", CLIENT, parent_id=operation.span_id)
    received = story.span("goals", "POST /v1/commands", SERVER, parent_id=asked.span_id)
    command = story.span("goals", "command RetireWhy", INTERNAL, parent_id=received.span_id)
    assert created.parent_id == command.span_id
    assert {each.trace_id for each in (request, operation, asked, received, command, created)} == {TRACE}
    assert {each.status for each in (request, operation, asked, received, command, created)} == {0}
    route = {"http.request.method": "POST", "http.route": "/graphql", "http.response.status_code": 200}
    assert route.items() <= request.attributes.items()
    named = {"graphql.operation.type": "mutation", "graphql.operation.name": "Retire"}
    assert operation.attributes == named | {"goldenthread.organization.id": story.organization}
    assert asked.attributes["url.full"] == f"http://127.0.0.1:{received.attributes['server.port']}/v1/commands"
    kind = {"goldenthread.command.type": "RetireWhy", "goldenthread.organization.id": story.organization}
    assert command.attributes == kind


def test_statements_of_the_command_are_its_children(story: TracedStory) -> None:
    command = story.span("goals", "command RetireWhy", INTERNAL)
    inner = [each for each in story.spans if each.parent_id == command.span_id and each.kind is CLIENT]
    assert {"SELECT", "INSERT", "COMMIT;"} <= {each.name for each in inner}
    assert {each.attributes["db.system.name"] for each in inner} == {"postgresql"}
    (outbox,) = [each for each in inner if "INSERT INTO outbox" in str(each.attributes["db.query.text"])]
    assert "$1" in str(outbox.attributes["db.query.text"])
    assert story.organization not in str(outbox.attributes)


@pytest.mark.parametrize("process", ["goals", "alignment", "notifications"])
def test_each_event_that_follows_carries_the_context_that_the_first_was_made_in(
    story: TracedStory, created: ReceivedSpan, process: str
) -> None:
    headers = story.records[process]
    carried = [story.events[process].traceparent, headers["ce_traceparent"], headers["traceparent"]]
    assert [context_of(each) for each in carried] == [created.context] * 3
    assert "baggage" not in headers


@pytest.mark.parametrize(("process", "topic"), [("goals", GOALS), ("alignment", ALIGNMENT), ("notifications", ALERTS)])
def test_each_outbox_sends_a_batch_that_links_to_where_its_event_was_made(
    story: TracedStory, created: ReceivedSpan, process: str, topic: str
) -> None:
    (sent,) = story.linked(process, f"send {topic}", CLIENT, created)
    assert (sent.parent_id, sent.status) == ("", 0)
    assert sent.trace_id != TRACE
    expected = {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": topic,
    }
    assert expected.items() <= sent.attributes.items()
    assert sent.attributes["messaging.batch.message_count"] in range(1, 10)


@pytest.mark.parametrize(
    ("process", "topic"), [("alignment", GOALS), ("notifications", GOALS), ("notifications", ALIGNMENT)]
)
def test_each_consumer_links_its_batch_to_where_the_event_was_made(
    story: TracedStory, created: ReceivedSpan, process: str, topic: str
) -> None:
    (received,) = story.linked(process, f"{topic} create", CONSUMER, created)
    processed = story.span(process, f"{topic} process", CONSUMER, parent_id=received.span_id)
    assert (received.parent_id, processed.trace_id) == ("", received.trace_id)
    assert processed.trace_id != TRACE
    assert processed.attributes["messaging.destination_publish.name"] == topic


def test_the_attempt_to_deliver_the_alert_is_in_the_trace_and_its_receiver_is_told_nothing_of_it(
    story: TracedStory, created: ReceivedSpan
) -> None:
    attempt = story.span("notifications", "POST", CLIENT, trace_id=TRACE)
    assert (attempt.parent_id, attempt.status) == (created.span_id, 0)
    host = story.delivery.headers["host"]
    expected = {
        "http.request.method": "POST",
        "http.response.status_code": 204,
        "server.address": "127.0.0.1",
        "url.full": f"http://{host}/REDACTED",
        "messaging.message.id": story.delivery.id,
        "goldenthread.organization.id": story.organization,
    }
    assert expected.items() <= attempt.attributes.items()
    assert "http.request.resend_count" not in attempt.attributes
    assert not {"traceparent", "tracestate", "baggage"} & story.delivery.headers.keys()


def test_the_message_to_the_subscriber_is_in_the_trace_and_links_to_the_subscription(
    story: TracedStory, created: ReceivedSpan
) -> None:
    subscription = story.span("gateway", "subscription", SERVER)
    message = story.span("gateway", "subscription message", PRODUCER, trace_id=TRACE)
    assert (message.parent_id, message.links) == (created.span_id, [subscription.context])
    assert subscription.parent_id == ""
    assert subscription.attributes["graphql.operation.name"] == "Alerts"
    assert story.message["kind"] == "GOAL_ORPHANED"
    assert message.attributes == {
        "graphql.operation.type": "subscription",
        "goldenthread.subscription.field": "alertChanged",
        "goldenthread.event.type": "alert.raised",
        "goldenthread.organization.id": story.organization,
    }


def test_every_span_is_as_the_table_of_spans_says(story: TracedStory) -> None:
    assert mismatches(story.spans) == []
    assert {each.process for each in story.spans} == {"goals", "alignment", "notifications", "gateway"}


def test_every_metric_on_its_way_to_a_collector_is_as_the_table_of_metrics_says(story: TracedStory) -> None:
    assert metric_mismatches(story.metrics) == []
    by_process = {name: {each.metric.name for each in story.metrics if each.process == name} for name in _SENT}
    assert all(by_process[name] >= expected for name, expected in _SENT.items()), by_process


_SENT = {
    "goals": {"goldenthread.commands", "goldenthread.events.published", "db.client.connection.count"},
    "alignment": {"goldenthread.events.folded", "goldenthread.events.published", "goldenthread.repairs"},
    "notifications": {"goldenthread.alerts", "goldenthread.webhook.deliveries", "goldenthread.encrypted.secrets"},
    "gateway": {"goldenthread.graphql.duration", "goldenthread.subscribers", "goldenthread.organizations.held"},
}
"""Process → some of the metrics that it has after the story."""


def test_each_process_says_who_it_is(story: TracedStory) -> None:
    keys = ("service.name", "service.version", "service.instance.id")
    resources = [span.resource for span in story.spans] + [dict(metric.resource) for metric in story.metrics]
    said = {tuple(resource[key] for key in keys) for resource in resources}
    assert len(said) == len({instance for _, _, instance in said}) == 4
    assert {version for _, version, _ in said} == {goldenthread.__version__}


def test_no_span_begins_a_trace_but_for_a_request_an_operation_a_batch_or_the_clock(story: TracedStory) -> None:
    roots = {(each.kind, each.name.split(" ")[0]) for each in story.spans if not each.parent_id}
    assert {kind for kind, _ in roots} == {SERVER, CLIENT, CONSUMER}
    assert {name for kind, name in roots if kind is CLIENT} == {"send"}


def test_no_span_says_who_somebody_is_or_where_a_webhook_is(story: TracedStory) -> None:
    shown = repr(story.spans)
    assert story.organization in shown
    for secret in (SECRET, "Bearer", "url.query", "subject=", "Be quick", "People wait", "whsec_", "user=ada"):
        assert secret not in shown
