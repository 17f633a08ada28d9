"""Log lines: one JSON object each, on standard error."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from opentelemetry import trace

OURS = ("goldenthread", "services", "gateway")
"""The packages whose loggers have the level that is set."""

KNOWN = ("organization", "revision", "topic", "partition", "offset")
"""The fields that a log line may have in addition to its message; they are given as `extra`."""


def start_logs(process_name: str, level: str) -> None:
    """Make this process log in JSON. Our own packages log from `level` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process_name))
    # Only our packages log at DEBUG: there libraries log headers and frames with tokens (uvicorn's WebSockets do).
    own = logging.getLevelNamesMapping()[level]
    logging.basicConfig(level=max(own, logging.INFO), handlers=[handler], force=True)
    for package in OURS:
        logging.getLogger(package).setLevel(own)
    for library in ("aiokafka", "httpx"):
        logging.getLogger(library).setLevel(max(own, logging.WARNING))
    # It shows headers for the collector that it cannot use, tokens included; `otel_environment` names the variable.
    logging.getLogger("opentelemetry.util.re").setLevel(logging.ERROR)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, process, logger, message, trace and span id; never a body."""

    def __init__(self, process_name: str) -> None:
        super().__init__()
        self._process = process_name

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
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
            line["span_id"] = f"{current.span_id:016x}"
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
