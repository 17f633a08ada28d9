"""What goals and the child process that reads a workbook say to each other: frames with their length before them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

import msgspec
from msgspec import Struct

from goldenthread.contracts.errors import Problem
from goldenthread.exchange.tables.table import Line
from goldenthread.exchange.workbooks.workbook import OpenedSheet

READY = b"1"
"""The first byte of the output: the process was started, and what becomes of it now is the workbook's doing."""
LENGTH = struct.Struct("!I")
LINES = 1000
"""Of a frame, so that decoding one takes moments."""


class ReadJob(Struct, frozen=True):
    """A workbook to read, and which of its sheets."""

    content: bytes
    sheet: str | None = None


class LastFrame(Struct, frozen=True):
    """The last frame: `problems` refuse the workbook."""

    notes: list[str] = []
    problems: list[Problem] = []


Frame = list[Line] | LastFrame


def framed(frame: Frame) -> bytes:
    """A frame, with its length."""
    encoded = msgspec.msgpack.encode(frame)
    return LENGTH.pack(len(encoded)) + encoded


def frames(opened: OpenedSheet) -> Iterator[list[Line]]:
    """The lines of a sheet, some at a time."""
    while some := [*islice(opened.lines, LINES)]:
        yield some
