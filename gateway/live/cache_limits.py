"""How much the organizations in memory may take, and how long readers wait for what is being read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """The bounds of one cache. Times in seconds."""

    held_weight: int = 1_000_000
    """Things held (`OrganizationView.weight`) by all organizations, beyond which those not used lately are evicted."""
    in_use: float = 300.0
    """For so long after a request began one counts as used: it may still be under way, an import for two minutes."""
    weighed_every: float = 5.0
    """Between two times that all are weighed: that takes some milliseconds for thousands of organizations."""
    early: int = 1_000
    """Events of an organization that are kept while it is loaded; where more arrive, the rest are fetched."""
    width: int = 64
    """Organizations that are repaired at the same time, for each stream."""
    patience: float = 0.1
    """The first pause between two attempts of a repair; doubled up to `slowest`."""
    slowest: float = 30.0
    page: int = 1_000
    """Events asked of an upstream at once."""
    alerts: float = 2.0
    """How long a question about alerts waits for notifications, which was away."""
    names_retry: float = 2.0
    """After which goals, which did not answer, is asked again what people are called."""
    names_wait: float = 1.0
    """How long a reader waits until changed names are read: the names of before are shown otherwise."""
