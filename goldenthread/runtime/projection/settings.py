"""How much a member does at once, how often, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """The bounds of one member. Times in seconds."""

    heads_every: float = 3.0
    full_heads_every: int = 20
    page: int = 1000
    """Events asked of a producer at once."""
    room: int = 5000
    """Commits, and early events, of one organisation that wait in memory."""
    width: int = 16
    """Organisations folded at the same time; and as many repaired."""
    patience: float = 0.1
    """How long one stream waits for the other before its producer is asked; the first pause between attempts."""
    slowest: float = 30.0
    """The longest pause between attempts."""
    in_memory: int = 10_000
    """Organisations held before idle ones are evicted."""
    quarantined: int = 10
    """More stopped organisations than this stop the consumer."""
