"""OpenTelemetry's own environment variables: those that this code reads, and a table for the documentation.

The SDK and its exporters read all other variables (`tests/integration/runtime/observability/test_traces.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from opentelemetry.util.re import parse_env_headers

_EXPORTERS = ("otlp", "console")
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HEADERS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS")
_PROTOCOL = "http/protobuf"
DEFAULTS = (
    ("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database"),
    ("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SANITIZE_FIELDS", ".*authorization.*,.*cookie.*"),
)
"""Our defaults for instrumentation packages: the stable semantic conventions, and no tokens in captured headers
(`OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_…`).
"""
VALUE_LIMITS = ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")
"""How long an attribute of a span may be; the first goes before the second."""
FORMER = {
    "GOLDENTHREAD_TRACES": "OTEL_TRACES_EXPORTER",
    "GOLDENTHREAD_OTLP_ENDPOINT": "OTEL_EXPORTER_OTLP_ENDPOINT",
}
"""Variables of earlier releases, which are not read any more, and their replacements."""


class OtelVariable(NamedTuple):
    """A variable of OpenTelemetry: its name, its valid values, its default, and what it means here."""

    name: str
    fits: str
    default: str
    meaning: str


VARIABLES = (
    OtelVariable(
        "OTEL_TRACES_EXPORTER",
        "`none`, `console`, `otlp`, or several, separated by commas",
        "`otlp` where an endpoint is set, else `none`",
        "Where traces are sent: nowhere, to standard error, or to a collector. `none` costs nothing.",
    ),
    OtelVariable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "URL",
        "`http://localhost:4318`",
        "Base address of a collector that takes OTLP over HTTP; `/v1/traces` and `/v1/metrics` are added. When it is"
        " set, traces are on.",
    ),
    OtelVariable(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "URL",
        "",
        "The complete address for traces only; nothing is added to it. It overrides the base address.",
    ),
    OtelVariable(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "`NAME=VALUE`, separated by commas",
        "",
        "Headers for the collector, such as a token. Also `…_TIMEOUT`, `…_COMPRESSION`, `…_CERTIFICATE`, and the"
        " same for traces only (`OTEL_EXPORTER_OTLP_TRACES_…`). `…_PROTOCOL` can only be `http/protobuf`.",
    ),
    OtelVariable(
        "OTEL_METRICS_EXPORTER",
        "`otlp`, or anything else",
        "",
        "Whether metrics are sent to a collector, too; `/metrics` has them in any case. How often:"
        " `OTEL_METRIC_EXPORT_INTERVAL`.",
    ),
    OtelVariable(
        "OTEL_SERVICE_NAME",
        "text",
        "`goldenthread-PROCESS`",
        "`service.name` of this process's traces and metrics. `goldenthread up` adds `-PROCESS` for each of its four.",
    ),
    OtelVariable(
        "OTEL_RESOURCE_ATTRIBUTES",
        "`NAME=VALUE`, separated by commas",
        "",
        "Attributes of all traces and metrics, for example `deployment.environment.name=production`.",
    ),
    OtelVariable(
        "OTEL_TRACES_SAMPLER",
        "as OpenTelemetry says",
        "`parentbased_always_on`",
        "Which traces are kept. With `parentbased_…` a request that has trace context decides it.",
    ),
    OtelVariable(
        "OTEL_TRACES_SAMPLER_ARG",
        "number from 0 to 1",
        "`1.0`",
        "The share of traces that `traceidratio` and `parentbased_traceidratio` keep.",
    ),
    OtelVariable(
        "OTEL_PROPAGATORS",
        "as OpenTelemetry says",
        "`tracecontext`",
        "How trace context is sent in HTTP headers. Events always have W3C trace context.",
    ),
    OtelVariable(
        "OTEL_BSP_SCHEDULE_DELAY",
        "milliseconds",
        "`5000`",
        "How often spans are sent. Also `OTEL_BSP_MAX_QUEUE_SIZE`, `…_MAX_EXPORT_BATCH_SIZE`, `…_EXPORT_TIMEOUT`.",
    ),
    OtelVariable(
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "number",
        "`2048`",
        "The most characters of a span's attribute; a longer value is cut.",
    ),
    OtelVariable(
        "OTEL_SDK_DISABLED", "`true` or `false`", "`false`", "`true` turns traces and metrics off, also on `/metrics`."
    ),
    OtelVariable(
        "OTEL_SEMCONV_STABILITY_OPT_IN",
        "as OpenTelemetry says",
        "`http,database`",
        "Names of attributes: the stable conventions.",
    ),
)
"""The variables that are useful here; OpenTelemetry's documentation lists all that the SDK reads."""


class TraceExport(NamedTuple):
    """The exporters of traces, without repetition, and the problems of the variables, one sentence each."""

    exporters: tuple[str, ...]
    problems: tuple[str, ...]


def trace_export(environment: Mapping[str, str]) -> TraceExport:
    """Where these variables send traces. A wrong value does not stop a process: it is reported and ignored, as
    OpenTelemetry's specification requires.
    """
    problems = [
        f"{old} is set, but is not read any more: set {new} instead (docs/settings.md)"
        for old, new in FORMER.items()
        if environment.get(old)
    ]
    problems += [
        f"{name} has a part that is not NAME=VALUE, with VALUE encoded as in a URL: it is left out"
        for name in _HEADERS
        if not _has_headers_alone(environment.get(name, ""))
    ]
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return TraceExport((), tuple(problems))
    set_to = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    default = "otlp" if any(environment.get(name) for name in _ENDPOINTS) else "none"
    names = dict.fromkeys(each.strip().lower() for each in (set_to or default).split(","))
    unknown = [name for name in names if name not in (*_EXPORTERS, "none")]
    if unknown:
        problems.append(f"OTEL_TRACES_EXPORTER has unknown values: {', '.join(unknown)}; use none, console or otlp")
    found = tuple(name for name in names if name in _EXPORTERS)
    protocol = next((environment[name] for name in _PROTOCOLS if environment.get(name)), _PROTOCOL)
    if "otlp" in found and protocol.strip().lower() != _PROTOCOL:
        problems.append(
            f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}: traces are sent as {_PROTOCOL}, usually to port 4318"
        )
    return TraceExport(found, tuple(problems))


def _has_headers_alone(text: str) -> bool:
    """Whether the SDK can use each part. It would say so itself, but show the part, which may be a token (`logs`)."""
    return all(parse_env_headers(part, liberal=True) for part in text.split(",") if part.strip())
