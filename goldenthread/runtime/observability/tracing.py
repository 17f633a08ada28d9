"""Traces: spans of this process, and the trace context that is stored with events (docs/decisions/0050).

Traces are off by default, and then cost nothing: no span is made, no context is stored, and nothing is instrumented.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import Context as TraceContext
from opentelemetry.trace import INVALID_SPAN, Link, Span, SpanContext, SpanKind, TraceFlags, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from goldenthread import __version__
from goldenthread.runtime.observability.otel_environment import trace_export
from goldenthread.runtime.observability.package_spans import current

if TYPE_CHECKING:
    import httpx
    from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

log = logging.getLogger(__name__)

MOST_LINKS = 32
"""The most links of a span."""
_CONTEXT = TraceContextTextMapPropagator()
_USUAL = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})")
"""A valid trace context of the version that there is, and its flags."""
Attributes = Mapping[str, str | int]

ORGANIZATION = "goldenthread.organization.id"
"""The attribute with the id of the organization, on spans that are about one organization."""


class Instrumentation:
    """The instrumentation of a process by packages. This base class is for traces that are off, and does nothing."""

    messages: TracerProvider | None = None
    """The tracer provider for FastStream's middleware."""

    def app(self, app: Starlette) -> ASGIApp:
        """The application, with a SERVER span for each request."""
        return app

    def client(self, client: httpx.AsyncClient) -> None:
        """Make `client` create CLIENT spans and send trace context."""


class _Tracing:
    """This process's tracer, which is None while traces are off."""

    tracer: Tracer | None = None
    instrumentation = Instrumentation()


def start_traces(process_name: str, environment: Mapping[str, str] = os.environ) -> SdkTracerProvider | None:
    """Turn traces on if OpenTelemetry's variables say so, and send spans where they say. Problems of variables are
    logged.

    The caller shuts the returned provider down (`last_exports`). None: traces are off, or the SDK cannot use its
    variables.
    """
    export = trace_export(environment)
    for problem in export.problems:
        log.warning(problem)
    if not export.exporters:
        return None
    try:
        from goldenthread.runtime.observability import tracing_sdk

        provider = tracing_sdk.provider(process_name, export.exporters)
    except Exception as error:  # mostly a ValueError, while importing, too; it names the variable or its value
        log.warning("traces are off, because OpenTelemetry's variables cannot be used: %s", error)
        return None
    trace_with(provider, tracing_sdk.PackageInstrumentation(provider))
    return provider


def trace_with(provider: TracerProvider | None, instrumentation: Instrumentation | None = None) -> None:
    """Make spans with `provider` from now on; None turns traces off."""
    _Tracing.tracer = None if provider is None else provider.get_tracer("goldenthread", __version__)
    _Tracing.instrumentation = instrumentation or Instrumentation()


def is_on() -> bool:
    """Whether spans are made."""
    return _Tracing.tracer is not None


def instrumented_app(app: Starlette) -> ASGIApp:
    """`app`, with a SERVER span for each request while traces are on, except for health, metrics and polls."""
    return _Tracing.instrumentation.app(app)


def message_spans() -> TracerProvider | None:
    """The tracer provider for spans of received messages; None while traces are off."""
    return _Tracing.instrumentation.messages


def instrument_client(client: httpx.AsyncClient) -> None:
    """Make `client` create CLIENT spans and send trace context, if traces are on."""
    _Tracing.instrumentation.client(client)


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    *,
    parent: str | None = None,
    links: Iterable[str] = (),
    attributes: Attributes | None = None,
) -> Iterator[Span]:
    """A span while the block lasts, and the current one in it: below `parent` (a traceparent), else below the current
    one. `links` are trace contexts of other spans, as traceparents; at most `MOST_LINKS` of them are used. If an
    exception leaves the block, its class is recorded (`error.type`), without its text.
    """
    if _Tracing.tracer is None:
        yield INVALID_SPAN
        return
    found = _links(links)
    started = _Tracing.tracer.start_span(name, _context(parent), kind, attributes, found)
    with current(started):
        yield started


@contextmanager
def span_of_message(
    name: str, kind: SpanKind, traceparent: str | None, links: Iterable[str] = (), attributes: Attributes | None = None
) -> Iterator[None]:
    """A span in the trace that a message belongs to, if the trace is sampled; otherwise no span.

    It is not made the current span, so that a generator may pause within the block.
    """
    if _Tracing.tracer is None or not is_sampled(traceparent):
        yield
        return
    started = _Tracing.tracer.start_span(name, _context(traceparent), kind, attributes, _links(links))
    try:
        yield
    finally:
        started.end()


def traceparent() -> str | None:
    """The current trace context as W3C writes it, to be stored with an event; None when nothing is traced."""
    if _Tracing.tracer is None:
        return None
    carrier: dict[str, str] = {}
    _CONTEXT.inject(carrier)
    return carrier.get("traceparent")


def is_sampled(traceparent: str | None) -> bool:
    """Whether the process or client that began this trace decided to keep it. It is asked for every event of a batch:
    a context as our processes write it is read without the propagator, which takes several times as long.
    """
    if traceparent is None:
        return False
    if found := _USUAL.fullmatch(traceparent):
        return int(found[1], 16) & TraceFlags.SAMPLED != 0
    return _span_context(traceparent).trace_flags.sampled


def create_untraced_task(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """A task outside of every trace: it works for all requests, and must not be in the trace of the one that started
    it.
    """
    return asyncio.create_task(work, name=name, context=Context())


def _context(traceparent: str | None) -> TraceContext | None:
    return None if traceparent is None else _CONTEXT.extract({"traceparent": traceparent}, TraceContext())


def _links(traceparents: Iterable[str]) -> list[Link]:
    found = (_span_context(each) for each in dict.fromkeys(traceparents))
    return [Link(each) for each in found if each.is_valid][:MOST_LINKS]


def _span_context(traceparent: str) -> SpanContext:
    return trace.get_current_span(_context(traceparent)).get_span_context()
