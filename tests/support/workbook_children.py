"""`python -m tests.support.workbook_children`: pretends to be the child that reads workbooks, and does what it is told.

What it is told is the content: `sleep`, `memory`, `computing`, `abort`, `rubbish`, `endless`, `environment`, `table`.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from goldenthread.exchange.tables.table import Line
from services.goals.imports.workbook_child import limit, silence
from services.goals.imports.workbook_frames import LENGTH, READY, LastFrame, ReadJob, framed


def _eat() -> None:
    eaten = []
    while True:
        eaten.append(bytes(2**20))


def _compute() -> None:
    """Longer than a child may: with less time than others, so that nobody waits for it."""
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
    while True:
        pass


def _write(frames: Iterable[bytes]) -> None:
    for each in frames:
        sys.stdout.buffer.write(each)
    sys.stdout.buffer.flush()


def _endless() -> None:
    while True:
        _write([framed([Line(1, ["x"])] * 1000)])


def _environment() -> None:
    score = Path("/proc/self/oom_score_adj").read_text().strip()
    _write([framed([Line(1, [*sorted(os.environ)]), Line(2, [score])]), framed(LastFrame())])


TOLD: dict[bytes, Callable[[], object]] = {
    b"sleep": signal.pause,
    b"memory": _eat,
    b"computing": _compute,
    b"abort": os.abort,
    b"rubbish": lambda: _write([LENGTH.pack(3) + b"xxx"]),
    b"endless": _endless,
    b"environment": _environment,
    b"table": lambda: _write([framed([Line(1, ["x"])]), framed(LastFrame())]),
}

if __name__ == "__main__":
    limit()
    _write([READY])
    silence()
    TOLD[msgspec.msgpack.decode(sys.stdin.buffer.read(), type=ReadJob).content]()
