"""Spans of GraphQL operations and of what subscribers are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError
from msgspec import structs
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from gateway.http.operation_span import name_errors
from gateway.schema.documents import parser
from goldenthread.contracts.events.goals import ObjectiveCreated
from goldenthread.runtime.observability import tracing
from tests.support.asgi_server import eventually
from tests.support.entities import objective
from tests.support.kept_spans import KeptSpans, kept_spans
from tests.unit.gateway.socket_gateway import CHANGES, Gateway, gateway
from tests.unit.gateway.world import ORG

KEPT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LEFT_OUT = KEPT[:-1] + "0"
TWO = "query Viewer { viewer { __typename } } mutation Retire { __typename }"


@pytest.fixture
def spans() -> Iterator[KeptSpans]:
    with kept_spans() as kept:
        yield kept


@pytest.fixture
async def made(spans: KeptSpans) -> AsyncIterator[Gateway]:
    async with gateway() as running:
        yield running


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def change(made: Gateway, number: int, traceparent: str | None) -> None:
    """A goal, written in this trace context."""
    events = made.world.commit(ObjectiveCreated(objective(f"objective_{number}")))
    made.cache.deliver_all([structs.replace(each, traceparent=traceparent) for each in events])


@pytest.mark.parametrize(
    ("document", "operation", "name", "type"),
    [
        ("{ viewer { __typename } }", None, None, "query"),
        ("query Mine { viewer { __typename } }", None, "Mine", "query"),
        (TWO, "Viewer", "Viewer", "query"),
        (TWO, "Retire", "Retire", "mutation"),
        (f"query {'x' * 300} {{ viewer {{ __typename }} }}", None, "x" * 100, "query"),
    ],
)
async def test_an_operation_has_a_span_that_says_its_type_and_its_name(
    spans: KeptSpans, made: Gateway, document: str, operation: str | None, name: str | None, type: str
) -> None:
    body = {"query": document, "operationName": operation}
    answer = await made.client.http.post(made.client.url, json=body, headers=made.client.headers())
    assert "errors" not in answer.json()
    span = spans.one(type)
    assert span.kind is SpanKind.SERVER
    named = {} if name is None else {"graphql.operation.name": name}
    assert attributes(span) == {"graphql.operation.type": type, tracing.ORGANIZATION: ORG} | named


async def test_a_document_that_is_not_valid_has_a_span_without_a_type_and_texts_are_in_none(
    spans: KeptSpans, made: Gateway
) -> None:
    await made.client.post("{ nothing that can be read", {})
    await made.client.post('query ($s: String) { node(id: "a secret") { id } }', {"s": "another secret"})
    await made.client.post('query ($s: ID!) { a: node(id: "a secret") { id } node(id: $s) { id } }', {"s": "a secret"})
    unreadable, invalid, query = spans
    assert (unreadable.name, invalid.name, query.name) == ("GraphQL Operation", "GraphQL Operation", "query")
    for each in (unreadable, invalid):
        assert attributes(each)["error.type"]
        assert each.status.status_code is StatusCode.UNSET
    assert not any("secret" in each.to_json() or "nothing" in each.to_json() for each in spans)


async def test_a_document_is_parsed_once_and_not_at_all_for_a_request_that_is_refused_before(
    spans: KeptSpans, made: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[parser._Parser] = []

    class Counted(parser._Parser):
        def parse_document(self) -> DocumentNode:
            parsed.append(self)
            return super().parse_document()

    monkeypatch.setattr(parser, "_Parser", Counted)
    body = {"query": "query Often { viewer { __typename } }"}
    refused = made.client.headers() | {"Golden-Thread-Min-Revision": "none"}
    answer = await made.client.http.post(made.client.url, json=body, headers=refused)
    assert "must be a whole number" in answer.text
    assert parsed == []
    for _ in range(3):
        assert (
            "errors"
            not in (await made.client.http.post(made.client.url, json=body, headers=made.client.headers())).json()
        )
    assert len(parsed) == 1
    assert sorted(spans.names()) == ["GraphQL Operation", "query", "query", "query"]


@pytest.mark.parametrize(
    ("errors", "type", "status"),
    [
        ([GraphQLError("x", extensions={"code": "INVALID"})], "INVALID", StatusCode.UNSET),
        ([GraphQLError("x", extensions={"code": "UNAVAILABLE"})], "UNAVAILABLE", StatusCode.ERROR),
        ([GraphQLError("x"), GraphQLError("x", extensions={"code": "INVALID"})], "INTERNAL", StatusCode.ERROR),
        ([], None, StatusCode.UNSET),
        (None, None, StatusCode.UNSET),
    ],
)
def test_errors_of_ours_make_a_failed_operation(
    spans: KeptSpans, errors: list[GraphQLError] | None, type: str | None, status: StatusCode
) -> None:
    with tracing.span("query") as span:
        name_errors(span, errors)
    (found,) = spans
    assert (attributes(found).get("error.type"), found.status.status_code) == (type, status)


async def test_a_subscription_has_one_span_and_each_message_of_a_kept_trace_one_that_links_to_it(
    spans: KeptSpans, made: Gateway
) -> None:
    contexts = [KEPT, LEFT_OUT, None, KEPT]
    async with made.client.subscribed(CHANGES) as heard:
        for number, context in enumerate(contexts):
            change(made, number, context)
        for _ in contexts:
            await heard.next()
    await eventually(lambda: "subscription" in spans.names())
    operation = spans.one("subscription")
    messages = [each for each in spans if each.name == "subscription message"]
    assert len(messages) == 2
    for each in messages:
        assert each.kind is SpanKind.PRODUCER
        assert each.parent is not None
        assert f"{each.parent.trace_id:032x}-{each.parent.span_id:016x}" == KEPT[3:-3]
        assert [link.context.span_id for link in each.links] == [getattr(operation.context, "span_id", None)]
        assert attributes(each)["goldenthread.event.type"] == "objective.created"
        assert attributes(each)["goldenthread.subscription.field"] == "goalTreeChanged"


async def test_operations_on_one_socket_are_traces_of_their_own(spans: KeptSpans, made: Gateway) -> None:
    async with made.client.subscribed(CHANGES):
        pass  # `subscribed` sends a query on the same socket, too
    await eventually(lambda: sorted(spans.names()) == ["query", "subscription"])
    assert {each.parent for each in spans} == {None}
    assert len({getattr(each.context, "trace_id", None) for each in spans}) == 2


async def test_an_event_that_the_subscriber_does_not_want_has_no_span(spans: KeptSpans, made: Gateway) -> None:
    document = 'subscription { goalTreeChanged(root: "why_1") { revision } }'
    async with made.client.subscribed(document) as heard:
        change(made, 1, KEPT)
        assert await made.client.ask("{ organization { revision } }")
        assert heard._early == []
    await eventually(lambda: "subscription" in spans.names())
    assert "subscription message" not in spans.names()


async def test_what_is_no_document_is_refused_as_without_traces(spans: KeptSpans, made: Gateway) -> None:
    answer = await made.client.http.post(made.client.url, json={"query": ""}, headers=made.client.headers())
    assert "Send a GraphQL document, as text, in `query`." in answer.text
    assert spans.names() == ["GraphQL Operation"]
