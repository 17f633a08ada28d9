"""A log file that its own process keeps short, and how older log files are named.

`log`, `log.1`, … `log.4`: the higher the number, the older. A process that writes to a file (under `goldenthread up`)
renames it when it is long, and points its standard output and standard error to a new one. No line is lost and none is
cut: whoever still has the old file open goes on writing to it. Nobody else has a part in this, so it also works while
the launcher hangs. A disk that is full loses lines, and stops nothing.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

LOG_LIMIT = 16 * 1024 * 1024
"""Bytes after which a log file is renamed."""
KEPT = 4
"""Older files of a log that are kept."""
_OUTPUTS = (1, 2)
"""Standard output and standard error."""
_AGAIN = 1024 * 1024
"""Bytes after which renaming is tried again, where it failed."""


def is_long(log: Path, limit: int = LOG_LIMIT) -> bool:
    """Whether the log file is there and has more than `limit` bytes."""
    try:
        return log.stat().st_size > limit
    except FileNotFoundError:
        return False


def rename_older(log: Path, kept: int = KEPT) -> None:
    """Give every older file of a log the next number, so that `log.1` is free. The oldest one is removed."""
    for number in range(kept, 1, -1):
        with suppress(FileNotFoundError):
            older_file(log, number - 1).replace(older_file(log, number))


def older_file(log: Path, number: int) -> Path:
    """The older file of a log with this number; 1 is the youngest."""
    return log.with_name(f"{log.name}.{number}")


class LogFile:
    """Standard error of this process, which goes to the file `path`: a stream for log lines.

    Every write is one write to the file, so lines of several threads are not mixed. Safe to use from several threads.
    Does not raise: a line that cannot be written is lost.
    """

    def __init__(self, path: str, limit: int = LOG_LIMIT, kept: int = KEPT) -> None:
        self._path, self._limit, self._kept = Path(path), limit, kept
        self._lock = threading.Lock()
        self._longest = limit
        self._torn = False
        """The last text was written in part: the disk was full."""

    def write(self, text: str) -> int:
        """Append the text, and begin another file if this one is long now."""
        with self._lock, suppress(OSError):
            self._append(text.encode(errors="backslashreplace"))
            self._begin_another_if_long()
        return len(text)

    def flush(self) -> None:
        """Write what `print` and others hold back; of log lines nothing is held back."""
        with suppress(OSError, ValueError):
            sys.stderr.flush()

    def _append(self, data: bytes) -> None:
        rest = memoryview(b"\n" + data if self._torn else data)  # else the line would follow half of another one
        while rest:
            rest = rest[os.write(2, rest) :]
            self._torn = len(rest) > 0

    def _begin_another_if_long(self) -> None:
        size = os.fstat(2).st_size
        if size <= self._longest:
            return
        self._longest = size + _AGAIN
        if self._is_ours():
            rename_older(self._path, self._kept)
            self._path.replace(older_file(self._path, 1))
        opened = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            for output in _OUTPUTS:
                os.dup2(opened, output)
        finally:
            os.close(opened)
        self._longest = self._limit

    def _is_ours(self) -> bool:
        """Whether the file at our path is the one that we write to. Else somebody has renamed or removed that."""
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(2), self._path.stat())
        return False
