"""How much a member does at once, how often, and how long it waits."""

from __future__ import annotations

from dataclasses import dataclass

from goldenthread.runtime.streams.heads_round import HEADS_LIMITS, HeadsLimits


@dataclass(frozen=True, slots=True)
class Pace:
    """The bounds of one member. Times in seconds."""

    heads_every: float = 3.0
    full_heads_every: int = 20
    heads: HeadsLimits = HEADS_LIMITS
    heads_within: float = 150.0
    """A poll of heads that takes longer hangs, as every wait in it has a limit that is shorter."""
    page: int = 1000
    """Events asked of an upstream at once."""
    room: int = 5000
    """Commits, and early events, of one organization that wait in memory."""
    width: int = 16
    """Organizations folded at the same time; and as many repaired."""
    repairs: int = 10_000
    """Organizations that are being repaired or wait for it; more are noticed by their heads later."""
    patience: float = 0.1
    """How long one stream waits for the other before its upstream is asked; the first pause between attempts."""
    slowest: float = 30.0
    """The longest pause between attempts."""
    in_memory: int = 10_000
    """Organizations held before idle ones are evicted."""
    held_weight: int = 5_000_000
    """What they may weigh together (`Fold.weight`) before idle ones are evicted."""
    heavy: int = 60_000
    """An organization that weighs more is folded in a thread, and nobody else waits for it."""
    threads: int = 2
    """Heavy organizations at work at the same time."""
    ahead: int = 1000
    """Commits of one organization folded while the ones before are being saved; then folding waits for that."""
    waiting: int = 20_000
    """Records that wait for organizations that are being loaded or are heavy, before taking in more waits for them."""
    quarantined: int = 10
    """More stopped organizations than this stop the consumer."""
