"""What the log says of a collector that takes nothing: one line when that begins, and one when it is over.

The SDK logs every attempt, which is several lines for each batch as long as a collector is away.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

log = logging.getLogger(__name__)

_ATTEMPT, _REFUSED = "Transient error %s", "Failed to export %s batch code: %s, reason: %s"
"""How the SDK's messages begin that name a reason."""


class CollectorReports(logging.Filter):
    """Says whether a collector takes `what` (spans, metrics), each time that this changes. As a filter of the SDK's
    logger it keeps the SDK's messages out of the log, and finds the reason in them.
    """

    def __init__(self, what: str, endpoint: str, logger: str) -> None:
        super().__init__()
        self._what, self._where = what, _without_credentials(endpoint)
        self._reason = ""
        self._lost = 0
        """Exports since it takes nothing."""
        logging.getLogger(logger).addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the SDK's message is logged. What is not about an export is, such as an invalid variable."""
        arguments = record.args if isinstance(record.args, tuple) else ()
        if str(record.msg).startswith(_ATTEMPT):
            self._reason = str(arguments[0])
        elif record.msg == _REFUSED:
            self._reason = " ".join(str(each) for each in arguments[1:] if each is not None)
        elif record.levelno < logging.WARNING or not _is_about_an_export(record):
            return True
        return False

    def note(self, *, sent: bool) -> None:
        """The end of an export."""
        if sent and self._lost:
            log.info("the collector at %s takes %s again; %d exports were lost", self._where, self._what, self._lost)
            self._lost = 0
        elif not sent:
            if not self._lost:
                reason = self._reason or "no answer"
                log.warning(
                    "the collector at %s takes no %s, which are lost until it does: %s", self._where, self._what, reason
                )
            self._lost += 1


class ReportedSpanExporter(OTLPSpanExporter):
    """Sends spans by OTLP over HTTP, and reports when the collector takes none."""

    def __init__(self) -> None:
        super().__init__()
        self._reports = CollectorReports("spans", self._endpoint, OTLPSpanExporter.__module__)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send some spans."""
        result = super().export(spans)
        self._reports.note(sent=result is SpanExportResult.SUCCESS)
        return result


class ReportedMetricExporter(OTLPMetricExporter):
    """Sends metrics by OTLP over HTTP, and reports when the collector takes none."""

    def __init__(self) -> None:
        super().__init__()
        self._reports = CollectorReports("metrics", self._endpoint, OTLPMetricExporter.__module__)

    def export(
        self, metrics_data: MetricsData, timeout_millis: float | None = 10_000, **more: object
    ) -> MetricExportResult:
        """Send all metrics."""
        result = super().export(metrics_data, timeout_millis, **more)
        self._reports.note(sent=result is MetricExportResult.SUCCESS)
        return result


def _is_about_an_export(record: logging.LogRecord) -> bool:
    return str(record.msg).startswith(("Failed to export", "Shutdown in progress", "Exporter already shutdown"))


def _without_credentials(endpoint: str) -> str:
    return urlsplit(endpoint).netloc.rpartition("@")[2] or endpoint
