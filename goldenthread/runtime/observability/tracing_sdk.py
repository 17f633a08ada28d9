"""What is loaded only where traces are on: OpenTelemetry's SDK, its exporters and its instrumentation packages."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
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

from goldenthread.runtime.observability import health
from goldenthread.runtime.observability.otel_environment import DEFAULTS, VALUE_LIMITS
from goldenthread.runtime.observability.package_spans import PackageSpans, name_error
from goldenthread.runtime.observability.resource import resource
from goldenthread.runtime.observability.tracing import Instrumentation

UNTRACED = (*health.PATHS, "/v1/heads")
"""Paths that machines ask all the time: their requests have no SERVER span."""
_KEPT = "goldenthread.kept_from_span"
_READERS_OF_CONTEXT = ("opentelemetry.trace.span", "opentelemetry.trace.propagation", "opentelemetry.baggage")
"""Loggers that warn of each header of trace context that is malformed, mostly with its text. Any stranger could write
into the log, a line with every request.
"""
_LONGEST_VALUE = 2_048
"""Characters of an attribute: strangers choose paths and `User-Agent`, and 2,048 spans may wait for a collector."""


def provider(process_name: str, exporters: Sequence[str]) -> TracerProvider:
    """The SDK's provider of this process, made global; `exporters` are of "console" and "otlp".

    The SDK reads the sampler, limits, exporter and batches from its own variables. It raises mostly ValueError when it
    cannot use them.
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
        """The application, with a SERVER span for each request; a socket has one for each operation, made by ours."""
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
        """CLIENT spans of its requests within other spans, and trace context for whoever answers."""
        HTTPXClientInstrumentor.instrument_client(
            client, tracer_provider=self._children, meter_provider=self._meters, request_hook=_leave_query_out
        )


def _processor(exporter: str) -> SpanProcessor:
    if exporter == "console":
        return SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr, formatter=_line))
    return BatchSpanProcessor(OTLPSpanExporter())


def _line(span: ReadableSpan) -> str:
    return json.dumps(json.loads(span.to_json())) + "\n"


@dataclass
class _Kept:
    """What the span of a request must not see: its query, which may name people, and the text of what it raised."""

    query: bytes
    error: Exception | None = None


def _untouched(app: ASGIApp) -> ASGIApp:
    """The application, which sees its requests as they came."""

    async def restored(scope: Scope, receive: Receive, send: Send) -> None:
        kept = scope[_KEPT]
        try:
            await app({**scope, "query_string": kept.query}, receive, send)
        except Exception as error:
            name_error(trace.get_current_span(), error)
            kept.error = error

    return restored


def _request_details(routes: Sequence[BaseRoute], scope: Scope) -> tuple[str, dict[str, str]]:
    """A span's name, METHOD ROUTE, and its route; a path that there is not has the method alone."""
    method = scope["method"] if scope["method"] in _METHODS else "HTTP"
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.FULL or (match is Match.PARTIAL and isinstance(route, Route)):
            path = str(getattr(route, "path", ""))
            return f"{method} {path}", {"http.route": path}
    return method, {}


_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _name_server(span: Span, scope: dict[str, Any]) -> None:
    """The package adds the port to the address, which has an attribute of its own."""
    server = scope.get("server")
    if server is not None and span.is_recording():
        span.set_attribute("server.address", server[0])


async def _leave_query_out(span: Span, request: RequestInfo) -> None:
    """The query of a request may name people. A user and password in the address are nobody's business."""
    if span.is_recording() and isinstance(request.url, httpx.URL):
        span.set_attribute("url.full", str(request.url.copy_with(query=None, username=None, password=None)))
