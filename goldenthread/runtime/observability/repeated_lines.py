"""Bounds how often one kind of log line is written, so that a neighbour that is away for a night fills no disk.

Of one kind `MOST` lines are written in `WINDOW` seconds. The others are counted, and one line says how many they were.
Lines of one kind come from the same place in the code, and where they report an error, from the same kind of error.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, TextIO

WINDOW = 60.0
MOST = 20
"""Lines of one kind in `WINDOW` seconds."""
ALWAYS = {"always": True}
"""`extra` of a line that is always written: it says who did what, and is no repetition of another one."""
LEFT_OUT = "left_out"
"""The field with the number of lines that were left out."""
_KINDS = 2_000
"""Kinds that are remembered, at most."""
_LONGEST_LAST = 1_000
"""Characters that are remembered of the last line of a kind."""

Kind = tuple[Any, ...]


class _Written:
    """How many lines of one kind there were since `began`."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.lines = 0
        self.last = ""


class BoundedHandler(logging.StreamHandler[TextIO]):
    """Writes log lines to a stream, with a bound on the lines of one kind. Lines at DEBUG are all written.

    `now`: seconds, of a clock that is not set back.
    """

    def __init__(self, stream: Any, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._now = now
        self._kinds: dict[Kind, _Written] = {}
        self._swept = now()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, or count it; and say how many were left out in windows that are over."""
        now = self._now()
        if now - self._swept >= WINDOW or len(self._kinds) >= _KINDS:
            self._sweep(now, every=len(self._kinds) >= _KINDS)
        if record.levelno < logging.INFO or getattr(record, "always", False):
            super().emit(record)
            return
        kind = _kind(record)
        written = self._kinds.get(kind)
        if written is None or now - written.began >= WINDOW:
            if written is not None:
                self._say_left_out(kind, written, now)
            written = self._kinds[kind] = _Written(now)
        written.lines += 1
        if written.lines <= MOST:
            super().emit(record)
        else:
            # Not the record: it keeps alive what an error's traceback holds.
            written.last = _text(record)[:_LONGEST_LAST]

    def close(self) -> None:
        """Say how many lines were left out, at the end of the process."""
        self._sweep(self._now(), every=True)
        super().close()

    def _sweep(self, now: float, *, every: bool) -> None:
        self._swept = now
        over = [kind for kind, written in self._kinds.items() if every or now - written.began >= WINDOW]
        for kind in over:
            self._say_left_out(kind, self._kinds.pop(kind), now)

    def _say_left_out(self, kind: Kind, written: _Written, now: float) -> None:
        left_out = written.lines - MOST
        if left_out <= 0:
            return
        name, place, level = kind[:3]
        message = (
            f"{left_out} more lines like this were left out in {min(now - written.began, WINDOW):.0f} s; the last: "
            f"{written.last}"
        )
        line = logging.LogRecord(name, level, "", place, message, None, None)
        setattr(line, LEFT_OUT, left_out)
        super().emit(line)


def _kind(record: logging.LogRecord) -> Kind:
    """Where the line comes from and, if it reports an error, what error and from where."""
    error = record.exc_info[1] if record.exc_info else None
    raised = () if error is None else (type(error), _raised_at(error.__traceback__))
    return (record.name, record.lineno, record.levelno, *raised)


def _raised_at(trace: TracebackType | None) -> tuple[str, int] | None:
    if trace is None:
        return None
    while trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame.f_code.co_filename, trace.tb_lineno


def _text(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # of arguments that cannot be shown; whoever logs must not get it
        return f"{record.msg!r:.{_LONGEST_LAST}}"
