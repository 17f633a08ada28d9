"""What goals and the child process that reads a workbook say to each other: frames with their length before them."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from goldenthread.contracts.errors import Problem
from goldenthread.contracts.plan import PlanProblem
from goldenthread.exchange.table import Line, Table

READY = b"1"
"""The first byte of the output: the process was started, and what becomes of it now is the workbook's doing."""
LENGTH = struct.Struct("!I")
_LINES = 1000
"""Of a frame, so that decoding one takes moments."""


class Job(Struct, frozen=True):
    """What is to be read."""

    content: bytes
    sheet: str | None = None


class Head(Struct, frozen=True):
    """The first frame: `problems` refuse the workbook; otherwise so many frames of lines follow."""

    frames: int = 0
    place: str = "row"
    notes: list[str] = []
    lost: list[PlanProblem] = []
    problems: list[Problem] = []


def parts(table: Table) -> Iterator[Head | list[Line]]:
    """A table, frame by frame."""
    frames = range(0, len(table.lines), _LINES)
    yield Head(len(frames), table.place, table.notes, table.problems)
    for first in frames:
        yield table.lines[first : first + _LINES]


def framed(part: Head | list[Line]) -> bytes:
    """A frame."""
    encoded = msgspec.msgpack.encode(part)
    return LENGTH.pack(len(encoded)) + encoded
