"""Where metrics go: to `/metrics`, for Prometheus, and to a collector where `OTEL_METRICS_EXPORTER` names `otlp`."""

from __future__ import annotations

import os

from opentelemetry import metrics as api
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.resource import resource

LAST_EXPORT_WITHIN = 2_000
"""Milliseconds that a process which ends has for sending its last metrics to a collector."""
_EXPORTER = "OTEL_METRICS_EXPORTER"


def start_metrics(process_name: str) -> MeterProvider:
    """From now on this process measures; shut the answer down at the end.

    The metrics are in the registry of prometheus_client, beside those of Python and of the process. They are sent by
    OTLP, too, where `OTEL_METRICS_EXPORTER` names `otlp`: to where, how often and how is in the standard variables
    (`OTEL_EXPORTER_OTLP_…`, `OTEL_METRIC_EXPORT_INTERVAL`).
    """
    readers: list[MetricReader] = [PrometheusMetricReader(scope_info_enabled=False)]
    if "otlp" in (each.strip() for each in os.environ.get(_EXPORTER, "").split(",")):
        readers.append(_otlp_reader())
    provider = MeterProvider(readers, resource(process_name), shutdown_on_exit=False)
    api.set_meter_provider(provider)
    metrics.SUBSCRIBERS.add(0)  # shown from the start: one who looks need not know whether it was ever measured
    return provider


def response() -> Response:
    """The answer of `/metrics`."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _otlp_reader() -> MetricReader:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    return PeriodicExportingMetricReader(OTLPMetricExporter())
