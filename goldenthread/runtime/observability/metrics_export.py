"""Exports metrics: to `/metrics`, for Prometheus, and to a collector if `OTEL_METRICS_EXPORTER` contains `otlp`."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from opentelemetry import metrics as api
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.otel_environment import metric_export
from goldenthread.runtime.observability.resource import resource

log = logging.getLogger(__name__)


def start_metrics(process_name: str) -> MeterProvider:
    """Start to measure in this process. The caller shuts the returned provider down at the end.

    The metrics are in the registry of prometheus_client, together with those of Python and of the process. They are
    also sent by OTLP if `OTEL_METRICS_EXPORTER` contains `otlp`; the standard variables set the address and the
    interval (`OTEL_EXPORTER_OTLP_…`, `OTEL_METRIC_EXPORT_INTERVAL`). What the SDK cannot use of these is logged and
    left out.
    """
    readers: list[MetricReader] = [PrometheusMetricReader(scope_info_enabled=False)]
    export = metric_export(os.environ)
    for problem in export.problems:
        log.warning(problem)
    if "otlp" in export.exporters:
        try:
            readers.append(_otlp_reader())
        except Exception as error:  # mostly a ValueError, which names the variable or its value
            log.warning("no metrics are sent, because OpenTelemetry's variables cannot be used: %s", error)
    provider = _provider(process_name, readers)
    api.set_meter_provider(provider)
    metrics.show_from_start()
    return provider


def response() -> Response:
    """The answer of `/metrics`."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _provider(process_name: str, readers: Sequence[MetricReader]) -> MeterProvider:
    about = resource(process_name)
    try:
        return MeterProvider(readers, about, shutdown_on_exit=False)
    except Exception as error:
        log.warning("no exemplars are kept, because OpenTelemetry's variables cannot be used: %s", error)
        return MeterProvider(readers, about, shutdown_on_exit=False, exemplar_filter=AlwaysOffExemplarFilter())


def _otlp_reader() -> MetricReader:
    from goldenthread.runtime.observability.collector_reports import ReportedMetricExporter

    return PeriodicExportingMetricReader(ReportedMetricExporter())
