"""Settings of alignment."""

from __future__ import annotations

from goldenthread.runtime.settings import Stored


class Settings(Stored, frozen=True, kw_only=True):
    """`held` organisations are kept in memory at most, and as many as weigh `held_weight` together (goals and links);
    the longest unused goes first.
    """

    goals_url: str
    held: int = 10_000
    held_weight: int = 5_000_000
