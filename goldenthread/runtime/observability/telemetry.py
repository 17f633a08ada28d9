"""Telemetry: one trace from the mutation to the alert, structured logs, and a closed list of metrics.

Off costs nothing: without an exporter the API's no-op tracer is used and no context is stored.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor, SpanExporter
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from goldenthread.runtime.configuration.settings import ProcessSettings

OURS = ("goldenthread", "services", "gateway")
"""The packages whose loggers have the level that is set."""

KNOWN = ("organization", "revision", "topic", "partition", "offset")
"""What a log line may have of its own, beside its message: given as `extra`."""

_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("goldenthread")


def start(name: str, settings: ProcessSettings) -> TracerProvider | None:
    """Set the process's logging and tracing up; shut the answer down at the end."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter(name))
    # At DEBUG only ours: libraries then log headers and frames, tokens included (uvicorn's WebSockets do).
    own = logging.getLevelNamesMapping()[settings.log_level]
    logging.basicConfig(level=max(own, logging.INFO), handlers=[handler], force=True)
    for package in OURS:
        logging.getLogger(package).setLevel(own)
    for library in ("aiokafka", "httpx"):
        logging.getLogger(library).setLevel(max(own, logging.WARNING))
    if settings.traces == "off":
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": f"goldenthread-{name}"}))
    provider.add_span_processor(_processor(settings))
    trace.set_tracer_provider(provider)
    return provider


def _processor(settings: ProcessSettings) -> SimpleSpanProcessor | BatchSpanProcessor:
    if settings.traces == "console":
        exporter: SpanExporter = ConsoleSpanExporter(
            out=sys.stderr, formatter=lambda span: json.dumps(json.loads(span.to_json())) + "\n"
        )
        return SimpleSpanProcessor(exporter)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return BatchSpanProcessor(OTLPSpanExporter(endpoint=_traces_url(settings.otlp_endpoint)))


def _traces_url(endpoint: str | None) -> str | None:
    """Where spans are sent. A collector's base address gets the path that OTLP has for them; the exporter adds none."""
    if endpoint is None or urlsplit(endpoint).path not in ("", "/"):
        return endpoint
    return endpoint.rstrip("/") + "/v1/traces"


@contextmanager
def span(
    name: str,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str | None = None,
    links: tuple[str, ...] = (),
    **attributes: Any,
) -> Iterator[Span]:
    """A span below `parent` (a traceparent), else below the current one; `links` are other traces it takes part in."""
    context = _propagator.extract({"traceparent": parent}) if parent else None
    found = [trace.get_current_span(_propagator.extract({"traceparent": each})).get_span_context() for each in links]
    with _tracer.start_as_current_span(
        name, context, kind, attributes=attributes, links=[Link(each) for each in found if each.is_valid]
    ) as started:
        yield started


def traceparent() -> str | None:
    """The current trace context, to be stored with an event; None when nothing is traced."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


class _JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, process, logger, message, trace id; never a body."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in KNOWN:
            if hasattr(record, name):
                line[name] = getattr(record, name)
        current = trace.get_current_span().get_span_context()
        if current.is_valid:
            line["trace_id"] = f"{current.trace_id:032x}"
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
