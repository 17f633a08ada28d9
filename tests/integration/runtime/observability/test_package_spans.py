"""What the instrumentation packages make spans of in a process whose traces are on, what they say, and what not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import httpx
import pytest
from opentelemetry import propagate
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.observability import tracing
from goldenthread.runtime.observability.otel_environment import DEFAULTS
from goldenthread.runtime.observability.tracing_sdk import PackageInstrumentation
from goldenthread.runtime.tokens.token_sources import StaticToken
from goldenthread.runtime.web.client import http_client
from tests.support.asgi_server import serving
from tests.support.kept_spans import KeptSpans

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADERS = {"traceparent": f"00-{TRACE}-{CALLER}-01", "baggage": "user=ada", "authorization": "Bearer abc"}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeptSpans]:
    """Traces are on, with the packages, as `tracing_sdk.provider` sets them up."""
    for name, value in DEFAULTS:
        monkeypatch.setenv(name, value)
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    kept = KeptSpans()
    tracing.trace_with(kept.provider, PackageInstrumentation(kept.provider))
    try:
        yield kept
    finally:
        tracing.trace_with(None)
        AsyncPGInstrumentor().uninstrument()  # type: ignore[no-untyped-call]
        propagate.set_global_textmap(before)


async def shown(request: Request) -> Response:
    """What arrived."""
    return JSONResponse({"headers": dict(request.headers), "query": request.url.query})


async def failing(_: Request) -> Response:
    raise LookupError("a row of Ada's")


async def talking(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(await socket.receive_text())
    await socket.close()


def app() -> Any:
    """An application as a process serves it while traces are on."""
    routes = [Route("/v1/shown/{id}", shown), Route("/v1/failing", failing), WebSocketRoute("/v1/talking", talking)]
    routes += [Route(path, shown) for path in ("/live", "/ready", "/metrics", "/v1/heads")]
    return tracing.instrumented_app(Starlette(routes=routes))


@pytest.fixture
async def caller(spans: KeptSpans) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://served") as client:
        yield client


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_a_request_has_a_span_in_its_callers_trace_which_is_named_by_its_route(
    spans: KeptSpans, caller: httpx.AsyncClient
) -> None:
    answer = await caller.get("/v1/shown/ada?subject=ada", headers=HEADERS)
    assert answer.json()["query"] == "subject=ada"
    span = spans.one("GET /v1/shown/{id}")
    assert span.kind is SpanKind.SERVER
    assert span.parent is not None
    assert (f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, CALLER)
    found = attributes(span)
    assert (found["http.route"], found["http.response.status_code"]) == ("/v1/shown/{id}", 200)
    assert found["server.address"] == "served"
    assert not {"url.query", "http.url", "http.method"} & found.keys()
    for hidden in ("subject=ada", "Bearer", "user=ada"):
        assert hidden not in span.to_json()


async def test_a_path_that_there_is_not_names_no_span(spans: KeptSpans, caller: httpx.AsyncClient) -> None:
    assert (await caller.get("/v1/other/path")).status_code == 404
    assert (await caller.request("BREW", "/v1/other")).status_code == 404
    assert spans.names() == ["GET", "HTTP"]


async def test_a_request_that_fails_names_the_error_without_its_text(
    spans: KeptSpans, caller: httpx.AsyncClient
) -> None:
    assert (await caller.get("/v1/failing")).status_code == 500
    span = spans.one("GET /v1/failing")
    assert span.status.status_code is StatusCode.ERROR
    assert attributes(span)["http.response.status_code"] == 500
    assert "Ada" not in span.to_json()
    assert not span.events


async def test_what_the_application_raises_is_still_raised(spans: KeptSpans) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://served") as client:
        with pytest.raises(LookupError, match="Ada"):
            await client.get("/v1/failing")


@pytest.mark.parametrize("path", ["/live", "/ready", "/metrics", "/v1/heads"])
async def test_what_machines_ask_all_the_time_has_no_span(
    spans: KeptSpans, caller: httpx.AsyncClient, path: str
) -> None:
    assert (await caller.get(path, headers=HEADERS)).status_code == 200
    assert spans.names() == []


async def test_a_socket_has_none_either(spans: KeptSpans) -> None:
    async with serving(app()) as url:
        async with connect(f"{url.replace('http', 'ws', 1)}/v1/talking", additional_headers=HEADERS) as socket:
            await socket.send("hello")
            assert await socket.recv() == "hello"
    assert spans.names() == []


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """Shows what arrives there."""
    async with serving(Starlette(routes=[Route("/v1/shown", shown)])) as url:
        yield f"{url}/v1/shown"


@pytest.fixture
async def neighbour(spans: KeptSpans) -> AsyncIterator[httpx.AsyncClient]:
    """A client for the other processes of ours."""
    async with http_client(StaticToken(Secret("own"))) as client:
        yield client


async def test_a_request_to_a_neighbour_is_a_child_and_takes_the_context_along_and_no_baggage(
    spans: KeptSpans, neighbour: httpx.AsyncClient, server: str
) -> None:
    with tracing.span("request"):
        answer = await neighbour.get(server, params={"subject": "ada"})
    span, outer = spans.one("GET"), spans.one("request")
    assert span.context is not None
    assert outer.context is not None
    assert span.parent is not None
    assert span.parent.span_id == outer.context.span_id
    arrived = answer.json()["headers"]
    assert arrived["traceparent"].split("-")[1:3] == [f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}"]
    assert "baggage" not in arrived
    assert attributes(span)["url.full"] == server
    assert arrived["authorization"] == "Bearer own"
    assert "subject" not in span.to_json()
    assert "Bearer" not in span.to_json()


async def test_headers_that_somebody_captures_show_no_token(
    monkeypatch: pytest.MonkeyPatch, spans: KeptSpans, server: str
) -> None:
    for side in ("SERVER_REQUEST", "CLIENT_REQUEST"):
        monkeypatch.setenv(f"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_{side}", ".*")
    async with (
        http_client(StaticToken(Secret("own"))) as neighbour,
        httpx.AsyncClient(transport=httpx.ASGITransport(app()), base_url="http://test", headers=HEADERS) as caller,
    ):
        await caller.get("/v1/shown/7")
        with tracing.span("request"):
            await neighbour.get(server)
    for span in (spans.one("GET /v1/shown/{id}"), spans.one("GET")):
        assert "http.request.header.accept" in attributes(span)
        assert attributes(span)["http.request.header.authorization"] == ("[REDACTED]",)
        assert "Bearer" not in span.to_json()


async def test_a_user_and_a_password_of_an_address_are_in_no_span(
    spans: KeptSpans, neighbour: httpx.AsyncClient, server: str
) -> None:
    with tracing.span("request"):
        await neighbour.get(server.replace("http://", "http://ada:secret@"))
    span = spans.one("GET")
    assert attributes(span)["url.full"] == server
    assert "secret" not in span.to_json()


async def test_a_poll_is_nobodys_trace(spans: KeptSpans, neighbour: httpx.AsyncClient, server: str) -> None:
    answer = await neighbour.get(server)
    assert "traceparent" not in answer.json()["headers"]
    assert spans.names() == []


async def test_an_issuer_is_told_of_no_trace(spans: KeptSpans, server: str) -> None:
    async with http_client() as client:
        with tracing.span("request"):
            answer = await client.get(server)
    assert "traceparent" not in answer.json()["headers"]
    assert spans.names() == ["request"]


async def test_a_statement_is_a_child_and_shows_no_values_also_where_it_fails(
    spans: KeptSpans, database: Secret
) -> None:
    connection = await asyncpg.connect(database.reveal())
    try:
        await connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
        with tracing.span("request"):
            await connection.execute("INSERT INTO people VALUES ($1)", "Ada")
            with pytest.raises(asyncpg.UniqueViolationError, match="Ada"):
                await connection.execute("INSERT INTO people VALUES ($1)", "Ada")
    finally:
        await connection.close()
    fine, failed, _ = spans
    assert spans.names() == ["INSERT", "INSERT", "request"]
    assert (fine.kind, fine.status.status_code, failed.status.status_code) == (
        SpanKind.CLIENT,
        StatusCode.UNSET,
        StatusCode.ERROR,
    )
    assert attributes(fine)["db.query.text"] == "INSERT INTO people VALUES ($1)"
    assert attributes(failed)["error.type"] == "UniqueViolationError"
    assert "Ada" not in fine.to_json() + failed.to_json()
