"""`docs/telemetry.md`: every metric and every span, generated from `telemetry_schema`.

`python -m goldenthread.runtime.observability.telemetry_page` writes the page; a test compares it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from goldenthread.runtime.observability.telemetry_schema import FASTSTREAM_METRICS, METRICS, SPANS
from goldenthread.runtime.observability.telemetry_types import AttributeSchema, LibraryMetric, MetricSchema, SpanSchema

PAGE = Path(__file__).parents[3] / "docs" / "telemetry.md"
_HEAD = """\
# Telemetry

These are all metrics and spans of Golden Thread. Spans are made only while traces are on. All metrics and spans have
the attributes of the process's resource: `service.name` (`goldenthread-` and the name of the process),
`service.version`, and `service.instance.id`, which is new at every start. `OTEL_SERVICE_NAME` and
`OTEL_RESOURCE_ATTRIBUTES` replace these attributes and add others.

This page is generated from `goldenthread/runtime/observability/telemetry_schema.py`:
`python -m goldenthread.runtime.observability.telemetry_page`.
"""
_METRICS = """\
## Metrics

`/metrics` shows the metrics under their names for Prometheus, and the metrics that the Prometheus client has for every
Python process (`python_*`, `process_*`). Gauges, and counters whose labels are known, are shown from the start; a
histogram is shown after its first measurement. With `OTEL_METRICS_EXPORTER=otlp` the metrics are also sent to a
collector, under their names for OpenTelemetry; `OTEL_EXPORTER_OTLP_ENDPOINT` sets the address,
`OTEL_METRIC_EXPORT_INTERVAL` how often.

`goldenthread_objectives`, `goldenthread_cascade_coverage_ratio`, `goldenthread_organization_info` and
`goldenthread_open_alerts` are of all organizations of the installation; one pod of the service shows them at a time.
Aggregate them over pods with `max by`, for example `max by (organization, state) (goldenthread_objectives)`, and sum
organizations afterwards. They are read every 10 seconds, or less often where that takes long (docs/decisions/0061).
"""
_COLLECTOR = """\
## With a collector

`make collector-check` (Go needed; part of `make full`) builds OpenTelemetry's Collector 0.165.0, starts it with the
receiver and the processors of `deploy/k8s/components/opentelemetry`, and sends it the traces and metrics of all four
processes by OTLP over HTTP (protobuf, gzip). Behind the collector a test receives what it hands on, and checks one
story, from a mutation to the verdict, the alert, the webhook and the message of a subscription:

* All spans of the mutation are in one trace, each arrives once, and every span is as the table below says.
* Every metric that a process shows on `/metrics` arrives with the name, unit, kind and attributes of the table below.
  The collector's exporter for Prometheus shows it under the same name as `/metrics`.
* `OTEL_RESOURCE_ATTRIBUTES` are on all of them, and `service.instance.id` distinguishes the processes.
* While the collector is away, a process goes on. Its log says so once for spans and once for metrics, and once when
  the collector takes them again.
* The collector accepts the configurations in `deploy/`.

The log lines of a process have `trace_id` and `span_id` if they are written within a span, so that a trace leads to
its log lines. Logs are not sent to a collector: they are JSON on standard error.
"""
_METRIC_COLUMNS = ("metric", "in `/metrics`", "kind", "unit", "meaning", "attributes")
_FASTSTREAM = """\
alignment and notifications also show metrics that FastStream measures. These are only in `/metrics`, and are not sent
to a collector. `app_name` is the client id of the process, `broker` is kafka. `handler` and `destination` are the
topic; for a batch it is the topic of the first record.
"""
_LIBRARY_COLUMNS = ("in `/metrics`", "kind", "meaning", "labels")
_SPANS = """\
## Spans

In a name, a word in braces is replaced by its value. A span has these attributes and no others.
"""
_SPAN_COLUMNS = ("span", "kind", "process", "meaning", "attributes", "links to", "made by")


def page() -> str:
    """The whole page."""
    parts = [_HEAD, _COLLECTOR, _METRICS, _table(_METRIC_COLUMNS, map(_metric, METRICS))]
    parts += [_FASTSTREAM, _table(_LIBRARY_COLUMNS, map(_library_metric, FASTSTREAM_METRICS))]
    parts += [_SPANS, _table(_SPAN_COLUMNS, map(_span, SPANS))]
    return "\n".join(parts)


def _metric(each: MetricSchema) -> Sequence[str]:
    meaning = each.meaning + (f" (measured by {each.made_by})" if each.made_by else "")
    shown = f"`{each.exposed_name}`"
    return f"`{each.name}`", shown, each.kind.value, f"`{each.unit}`", meaning, _attributes(each.attributes)


def _library_metric(each: LibraryMetric) -> Sequence[str]:
    labels = ", ".join(f"`{label}`" for label in each.labels)
    return f"`{each.exposed_name}`", each.exposed_kind, each.meaning, labels


def _span(each: SpanSchema) -> Sequence[str]:
    attributes = "<br>".join(
        part for part in (_attributes(each.attributes), _attributes(each.sometimes, "sometimes ")) if part
    )
    made_by = each.made_by or "our code"
    return f"`{each.name}`", each.kind.name, ", ".join(each.processes), each.meaning, attributes, each.links, made_by


def _attributes(attributes: Iterable[AttributeSchema], mark: str = "") -> str:
    return "<br>".join(f"{mark}`{each.name}`: {each.meaning.rstrip('.')}{_allowed(each)}" for each in attributes)


def _allowed(each: AttributeSchema) -> str:
    allowed = ", ".join(f"`{value}`" for value in each.values) or each.range
    return f" ({allowed})" if allowed else ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
