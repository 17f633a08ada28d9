"""Settings of goals."""

from __future__ import annotations

from goldenthread.runtime.settings import Stored


class Settings(Stored, frozen=True, kw_only=True):
    """`held` organisations are kept in memory at most; the longest unused goes first."""

    held: int = 1_000
