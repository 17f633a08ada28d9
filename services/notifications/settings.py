"""Settings of notifications."""

from __future__ import annotations

from goldenthread.runtime.settings import Stored


class Settings(Stored, frozen=True, kw_only=True):
    """`held` organisations are kept in memory at most, and as many as weigh `held_weight` together (goals and links);
    the longest unused goes first.

    `webhook_private` allows webhooks to private, loopback and link-local addresses and over plain http, for intranets.
    `webhook_retry_seconds` is the first pause after a delivery that failed.
    """

    goals_url: str
    alignment_url: str
    held: int = 10_000
    held_weight: int = 5_000_000
    webhook_private: bool = False
    webhook_retry_seconds: float = 5.0
