"""Every metric and every span of a process: the one table that instruments, documentation and tests follow.

A metric is added in `metric_schema`, a span in `span_schema`.
"""

from __future__ import annotations

from goldenthread.runtime.observability.metric_schema import FASTSTREAM_METRICS, METRICS
from goldenthread.runtime.observability.span_schema import SPANS

__all__ = ["FASTSTREAM_METRICS", "METRICS", "SPANS"]
