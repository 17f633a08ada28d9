"""Log lines: one JSON object each, on standard error. Their length is bounded, and so is how often one is repeated."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from opentelemetry import trace

from goldenthread.runtime.observability.log_file import LogFile
from goldenthread.runtime.observability.repeated_lines import LEFT_OUT, BoundedHandler

OURS = ("goldenthread", "services", "gateway")
"""The packages whose loggers have the level that is set."""

KNOWN = ("organization", "revision", "topic", "partition", "offset", LEFT_OUT)
"""The fields that a log line may have in addition to its message; they are given as `extra`."""

LONGEST_MESSAGE = 8 * 1024
"""Characters of a message, at most."""
LONGEST_EXCEPTION = 32 * 1024
"""Characters of an exception with its traceback, at most."""

_output: TextIO | LogFile | None = None


def start_logs(process_name: str, level: str, file: str | None = None) -> None:
    """Make this process log in JSON. Our own packages log from `level` on. `file`: where standard error goes to, if
    this process is to keep that file short.
    """
    global _output
    _output = None if file is None else LogFile(file)
    handler = BoundedHandler(output())
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


def output() -> TextIO | LogFile:
    """What log lines are written to, and everything else that this process writes to standard error a lot."""
    return sys.stderr if _output is None else _output


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
            "message": _shortened(record.getMessage(), LONGEST_MESSAGE),
        }
        for name in KNOWN:
            if hasattr(record, name):
                line[name] = getattr(record, name)
        current = trace.get_current_span().get_span_context()
        if current.is_valid and not hasattr(record, LEFT_OUT):  # what was left out may be of any trace
            line["trace_id"] = f"{current.trace_id:032x}"
            line["span_id"] = f"{current.span_id:016x}"
        if record.exc_info:
            line["exception"] = _shortened(self.formatException(record.exc_info), LONGEST_EXCEPTION)
        return json.dumps(line, ensure_ascii=False)


def _shortened(text: str, longest: int) -> str:
    """The text; of a longer one the beginning and the end, which of a traceback names the error."""
    if len(text) <= longest:
        return text
    half = longest // 2 - 32
    return f"{text[:half]} … ({len(text) - 2 * half} characters left out) … {text[-half:]}"
