"""Keeps the logs of programs short that do not do so themselves: the embedded PostgreSQL and the embedded broker.

They go on writing to the file that they were started with, at its end, so a long file is copied to `log.1` and then
emptied. What is written between the end of the copy and the emptying is lost, which is a matter of microseconds.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from goldenthread.runtime.observability.log_file import KEPT, LOG_LIMIT, is_long, older_file, rename_older

EVERY = 30.0
"""Seconds between two looks at the logs."""


async def keep_short(logs: Sequence[Path], every: float = EVERY, limit: int = LOG_LIMIT) -> None:
    """Look at the logs again and again, until cancelled. A disk that is full or fails is no reason to stop."""
    while True:
        await asyncio.sleep(every)
        for log in logs:
            await asyncio.to_thread(shorten, log, limit)


def shorten(log: Path, limit: int = LOG_LIMIT, kept: int = KEPT) -> None:
    """Copy a log that is longer than `limit` to `log.1` and empty it. Where the copy fails, the log stays as it is."""
    copy = log.with_name(f"{log.name}.new")
    try:
        if not is_long(log, limit):
            return
        with log.open("r+b") as written, copy.open("wb") as output:
            shutil.copyfileobj(written, output, 1024 * 1024)
            output.flush()
            rename_older(log, kept)
            copy.replace(older_file(log, 1))
            shutil.copyfileobj(written, output)  # what came meanwhile
            output.flush()
            os.ftruncate(written.fileno(), 0)
    except OSError:
        with suppress(OSError):
            copy.unlink(missing_ok=True)
