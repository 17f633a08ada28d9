"""Settings of notifications."""

from __future__ import annotations

from goldenthread.runtime.settings import Stored


class Settings(Stored, frozen=True, kw_only=True):
    """`held` organisations are kept in memory at most; the longest unused goes first."""

    goals_url: str
    alignment_url: str
    held: int = 10_000
