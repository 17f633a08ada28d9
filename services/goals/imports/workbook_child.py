"""Reads one workbook from its input, and writes its table to its output: the child that `workbook_reader` starts."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress
from typing import BinaryIO

import msgspec

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.workbooks.workbook import open_sheet
from services.goals.imports.workbook_frames import READY, LastFrame, ReadJob, framed, frames

_PR_SET_PDEATHSIG = 1
MEMORY = 320 * 2**20
"""Bytes of address space, at most: what the largest sheets need and half as much again. Two of them, and goals itself,
fit into the 1.5 GiB that a container of goals has.
"""
CPU_SECONDS = 20
"""Of computing, at most; it ends a child also where nobody watches it any more."""


def limit() -> None:
    """Of memory and time only so much; no files; and the first to go when memory is short, or its parent has died."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(ValueError, OSError):  # not every system knows each
            resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":  # nobody would read the answer
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def silence() -> None:
    """From here on what goes wrong may say what is in the workbook: nobody reads that in a log."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def answer(received: bytes, output: BinaryIO) -> None:
    """Write the table, or why there is none."""
    job = msgspec.msgpack.decode(received, type=ReadJob)
    try:
        opened = open_sheet(job.content, job.sheet)
        for each in frames(opened):
            output.write(framed(each))
        output.write(framed(LastFrame(opened.notes)))
    except Refused as refused:
        output.write(framed(LastFrame(problems=refused.problems)))


def main() -> None:
    """What the process does."""
    limit()
    output = sys.stdout.buffer
    output.write(READY)
    output.flush()
    silence()
    answer(sys.stdin.buffer.read(), output)
    output.flush()


if __name__ == "__main__":
    main()
