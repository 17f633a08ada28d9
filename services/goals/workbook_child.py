"""`python -m services.goals.workbook_child`: reads one workbook from its input, and writes its table to its output."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from typing import BinaryIO

import msgspec

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.workbook import table_of
from services.goals.workbook_wire import READY, Head, Job, framed, parts

MEMORY = 512 * 2**20
"""Bytes of address space, at most."""
CPU_SECONDS = 30
"""Of computing, at most."""


def limit() -> None:
    """Take from this process what a workbook needs not: memory, time, files, and being kept when memory is short."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(ValueError, OSError):  # not every system knows each
            resource.setrlimit(kind, (most, most))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def silence() -> None:
    """From here on what goes wrong may say what is in the workbook: nobody reads that in a log."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def answer(received: bytes, output: BinaryIO) -> None:
    """Write the table, or why there is none."""
    job = msgspec.msgpack.decode(received, type=Job)
    try:
        table = table_of(job.content, job.sheet)
    except Refused as refused:
        output.write(framed(Head(problems=refused.problems)))
        return
    for each in parts(table):
        output.write(framed(each))


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
