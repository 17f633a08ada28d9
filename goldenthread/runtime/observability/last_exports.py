"""The last spans and metrics of a process that ends, on their way to a collector."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from time import monotonic

LAST_EXPORT_SECONDS = 2.0
"""How long a process that ends waits for its collector."""


def export_last(*shutdowns: Callable[[], object], seconds: float = LAST_EXPORT_SECONDS) -> None:
    """Run the shutdowns of several exporters at the same time, and wait for all of them together at most `seconds`:
    a collector that does not answer must not keep the process from ending. What is not sent by then is lost.
    """
    threads = [Thread(target=each, name="last export", daemon=True) for each in shutdowns]
    for thread in threads:
        thread.start()
    ends = monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, ends - monotonic()))
