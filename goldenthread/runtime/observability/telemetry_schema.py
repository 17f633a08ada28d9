"""Every metric and every span of a process. A metric is added here; instruments, documentation and tests follow it."""

from __future__ import annotations

from goldenthread.runtime.observability.span_schema import SPANS as SPANS
from goldenthread.runtime.observability.telemetry_types import MetricSchema

METRICS: tuple[MetricSchema, ...] = ()
