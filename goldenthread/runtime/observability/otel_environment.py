"""OpenTelemetry's own environment variables: those that this code reads, and a table for the documentation.

The SDK and its exporters read all other variables (`tests/integration/runtime/observability/test_traces.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from opentelemetry.util.re import parse_env_headers

_EXPORTERS = ("otlp", "console")
_METRIC_EXPORTERS = ("otlp", "prometheus")
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
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
        "Headers for the collector, such as a token. For traces or metrics only: `OTEL_EXPORTER_OTLP_TRACES_…`,"
        " `OTEL_EXPORTER_OTLP_METRICS_…`; so with the next four, too.",
    ),
    OtelVariable(
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "`http/protobuf`",
        "`http/protobuf`",
        "How spans and metrics are sent. Any other value, such as `grpc`, is logged and ignored.",
    ),
    OtelVariable(
        "OTEL_EXPORTER_OTLP_COMPRESSION", "`none`, `gzip`, `deflate`", "`none`", "How what is sent is compressed."
    ),
    OtelVariable(
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "path of a file",
        "",
        "The authorities, in PEM, that a collector with an `https` address is trusted by; `REQUESTS_CA_BUNDLE`"
        " must not be set, because it wins. A certificate of ours: `…_CLIENT_CERTIFICATE` and `…_CLIENT_KEY`.",
    ),
    OtelVariable(
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "**seconds**",
        "`10`",
        "How long an export may take, attempts included. OpenTelemetry's specification has milliseconds here; its SDK"
        " for Python reads seconds.",
    ),
    OtelVariable(
        "OTEL_METRICS_EXPORTER",
        "`none`, `prometheus`, `otlp`, or several, separated by commas",
        "`none`",
        "`otlp` sends metrics to a collector. `/metrics` has them in any case.",
    ),
    OtelVariable(
        "OTEL_METRIC_EXPORT_INTERVAL",
        "milliseconds",
        "`60000`",
        "How often metrics are sent.",
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


class TelemetryExport(NamedTuple):
    """The exporters of traces or metrics, without repetition, and the problems of variables, one sentence each."""

    exporters: tuple[str, ...]
    problems: tuple[str, ...]


def trace_export(environment: Mapping[str, str]) -> TelemetryExport:
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
    if _is_disabled(environment):
        return TelemetryExport((), tuple(problems))
    default = "otlp" if any(environment.get(name) for name in _ENDPOINTS) else "none"
    found, more = _exporters("TRACES", environment, default, _EXPORTERS)
    return TelemetryExport(found, (*problems, *more))


def metric_export(environment: Mapping[str, str]) -> TelemetryExport:
    """Where these variables send metrics, beside `/metrics`. The problems that `trace_export` names are left out."""
    if _is_disabled(environment):
        return TelemetryExport((), ())
    return TelemetryExport(*_exporters("METRICS", environment, "none", _METRIC_EXPORTERS))


def _is_disabled(environment: Mapping[str, str]) -> bool:
    return environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def _exporters(
    signal: str, environment: Mapping[str, str], default: str, known: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The exporters of a signal, and the problems of its variables."""
    variable, problems = f"OTEL_{signal}_EXPORTER", []
    set_to = environment.get(variable, "").strip() or default
    names = dict.fromkeys(each.strip().lower() for each in set_to.split(","))
    unknown = [name for name in names if name not in (*known, "none")]
    if unknown:
        usable = f"{', '.join(('none', *sorted(known)[:-1]))} or {sorted(known)[-1]}"
        problems.append(f"{variable} has unknown values: {', '.join(unknown)}; use {usable}")
    found = tuple(name for name in names if name in known)
    variables = (f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = next((environment[name] for name in variables if environment.get(name)), _PROTOCOL)
    if "otlp" in found and protocol.strip().lower() != _PROTOCOL:
        problems.append(
            f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}: {signal.lower()} are sent as {_PROTOCOL}, usually to port 4318"
        )
    return found, tuple(problems)


def _has_headers_alone(text: str) -> bool:
    """Whether the SDK can use each part. It would say so itself, but show the part, which may be a token (`logs`)."""
    return all(parse_env_headers(part, liberal=True) for part in text.split(",") if part.strip())
