"""OpenTelemetry's SDK, its exporters and instrumentation packages; this module is imported only if traces are on."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, cast

import httpx
from opentelemetry import propagate, trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor, RequestInfo
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
from opentelemetry.trace import Span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.http import parse_excluded_urls
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from goldenthread.runtime.observability import health, logs
from goldenthread.runtime.observability.collector_reports import ReportedSpanExporter
from goldenthread.runtime.observability.linked_sampler import keeping_linked
from goldenthread.runtime.observability.otel_environment import DEFAULTS, VALUE_LIMITS
from goldenthread.runtime.observability.package_spans import PackageSpans, name_error
from goldenthread.runtime.observability.resource import resource
from goldenthread.runtime.observability.tracing import Instrumentation

UNTRACED = (*health.PATHS, "/v1/heads")
"""Paths that are polled; requests to them have no SERVER span."""
_KEPT = "goldenthread.kept_from_span"
_READERS_OF_CONTEXT = ("opentelemetry.trace.span", "opentelemetry.trace.propagation", "opentelemetry.baggage")
"""Loggers that warn about each malformed header of trace context, mostly with its text. Any client could write a line
into the log with every request.
"""
_LONGEST_VALUE = 2_048
"""The most characters of an attribute: clients choose path and `User-Agent`, and 2,048 spans may wait for a collector.
"""


def provider(process_name: str, exporters: Sequence[str]) -> TracerProvider:
    """The SDK's provider of this process, made global; `exporters` are of "console" and "otlp".

    The SDK reads the sampler, limits, exporter and batches from its own variables. If it cannot use them it raises an
    error, mostly ValueError.
    """
    for name, value in DEFAULTS:
        os.environ.setdefault(name, value)
    if not any(os.environ.get(name) for name in VALUE_LIMITS):
        os.environ[VALUE_LIMITS[0]] = str(_LONGEST_VALUE)
    for each in _READERS_OF_CONTEXT:
        logging.getLogger(each).setLevel(logging.ERROR)
    if not os.environ.get("OTEL_PROPAGATORS"):
        propagate.set_global_textmap(TraceContextTextMapPropagator())
    made = TracerProvider(resource=resource(process_name), shutdown_on_exit=False)
    made.sampler = keeping_linked(made.sampler)
    for each in exporters:
        made.add_span_processor(_processor(each))
    trace.set_tracer_provider(made)
    return made


class PackageInstrumentation(Instrumentation):
    """The packages for ASGI, httpx and asyncpg. They measure nothing: metrics are ours (`telemetry_schema.METRICS`)."""

    def __init__(self, provider: TracerProvider) -> None:
        self._requests, self._children = PackageSpans(provider, roots=True), PackageSpans(provider, roots=False)
        self.messages = self._requests
        self._meters = NoOpMeterProvider()
        AsyncPGInstrumentor().instrument(tracer_provider=self._children)  # type: ignore[no-untyped-call]

    def app(self, app: Starlette) -> ASGIApp:
        """The application, with a SERVER span for each request; a WebSocket has one for each operation, made by our
        code.
        """
        traced = OpenTelemetryMiddleware(
            _untouched(app),
            excluded_urls=parse_excluded_urls(",".join(f"{path}$" for path in UNTRACED)),
            default_span_details=partial(_request_details, app.routes),
            server_request_hook=_name_server,
            tracer_provider=self._requests,
            meter_provider=self._meters,
            exclude_spans=["receive", "send"],
        )

        async def http_alone(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            kept = _Kept(scope["query_string"])
            await traced({**scope, "query_string": b"", _KEPT: kept}, receive, send)
            if kept.error is not None:
                raise kept.error

        return http_alone

    def client(self, client: httpx.AsyncClient) -> None:
        """Make CLIENT spans for its requests within other spans, and send trace context with them."""
        HTTPXClientInstrumentor.instrument_client(
            client, tracer_provider=self._children, meter_provider=self._meters, request_hook=_leave_query_out
        )


def _processor(exporter: str) -> SpanProcessor:
    if exporter == "console":
        return SimpleSpanProcessor(ConsoleSpanExporter(out=cast(IO[str], logs.output()), formatter=_line))
    return BatchSpanProcessor(ReportedSpanExporter())


def _line(span: ReadableSpan) -> str:
    return json.dumps(json.loads(span.to_json())) + "\n"


@dataclass
class _Kept:
    """What a request's span must not have: its query string, which may name people, and the text of an exception."""

    query: bytes
    error: Exception | None = None


def _untouched(app: ASGIApp) -> ASGIApp:
    """The application, with the original requests."""

    async def restored(scope: Scope, receive: Receive, send: Send) -> None:
        kept = scope[_KEPT]
        try:
            await app({**scope, "query_string": kept.query}, receive, send)
        except Exception as error:
            name_error(trace.get_current_span(), error)
            kept.error = error

    return restored


def _request_details(routes: Sequence[BaseRoute], scope: Scope) -> tuple[str, dict[str, str]]:
    """A span's name, METHOD ROUTE, and its route; for a path that does not exist the name is the method."""
    method = scope["method"] if scope["method"] in _METHODS else "HTTP"
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.FULL or (match is Match.PARTIAL and isinstance(route, Route)):
            path = str(getattr(route, "path", ""))
            return f"{method} {path}", {"http.route": path}
    return method, {}


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _name_server(span: Span, scope: dict[str, Any]) -> None:
    """Set the address without the port, which has a separate attribute; the package adds the port to the address."""
    server = scope.get("server")
    if server is not None and span.is_recording():
        span.set_attribute("server.address", server[0])


async def _leave_query_out(span: Span, request: RequestInfo) -> None:
    """Remove the query string, which may name people, and a user and password from the URL in the span."""
    if span.is_recording() and isinstance(request.url, httpx.URL):
        span.set_attribute("url.full", str(request.url.copy_with(query=None, username=None, password=None)))
