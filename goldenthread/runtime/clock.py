"""Time and ids, injected wherever they are needed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from time import time_ns

Clock = Callable[[], datetime]
"""The time now, aware and in UTC."""

NewId = Callable[[str], str]
"""A fresh id of a kind: `new_id("objective")`."""


def utc_now() -> datetime:
    """The system's time."""
    return datetime.now(UTC)


def age_of(since: datetime | None, now: Clock = utc_now) -> float:
    """Seconds since then, never less than 0 (clocks differ); 0 for None."""
    return 0.0 if since is None else max(0.0, (now() - since).total_seconds())


_lock = threading.Lock()
_last = 0


def uuid7() -> str:
    """A UUIDv7 (RFC 9562) as text: sorts by time of creation, strictly within one process."""
    text = _uuid7()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _uuid7() -> str:
    """Its 32 digits."""
    global _last
    with _lock:
        # 48 bits of milliseconds, then 12 of their fraction (method 3 of RFC 9562, 6.2), never the same twice.
        _last = now = max(_last + 1, (time_ns() << 12) // 1_000_000)
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    value = (now >> 12) << 80 | 0x7 << 76 | (now & 0xFFF) << 64 | 0x2 << 62 | random
    return f"{value:032x}"


def new_id(kind: str) -> str:
    """`objective_0192f3…`: the kind tells a reader (and `Organization.get`) what it names."""
    return f"{kind}_{_uuid7()}"
