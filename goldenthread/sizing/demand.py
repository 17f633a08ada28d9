"""What an operator says of an installation: how many organizations, how large, and how busy."""

from __future__ import annotations

from msgspec import Struct

SECONDS_OF_WEEK = 7 * 24 * 3600
LARGEST_POSSIBLE = 1_000_000
"""Goals of one organization: more were never tried (docs/performance.md)."""
PEAK = 12.0
"""The busiest hour to the mean of a week: work happens in 40 of 168 hours (4.2), and a Monday morning at the end of a
quarter has 3 times the changes of an hour of work.
"""
GROWTH = 4.0
"""The number of partitions is chosen once, so it is chosen for as many times the load of today."""
SKEW = 1.2
"""The exponent of the tail of sizes."""
READS = 20.0
"""Queries for one change: people look more often than they write."""


class Demand(Struct, frozen=True, kw_only=True):
    """An installation as it is expected to be. Raises ValueError for what cannot be."""

    organizations: int
    goals: float = 200.0
    """Goals of an organization, on average: whys, objectives and key results."""
    people: float = 50.0
    """People of an organization, on average."""
    changes: float = 5.0
    """Changes of a person in a week: check-ins, answers, links, goals."""
    largest: int | None = None
    """Goals of the largest organization; unless given, what `skew` makes of so many organizations."""
    skew: float = SKEW
    """The exponent of the tail of sizes: nearer to 1, more of all goals are in few organizations."""
    peak: float = PEAK
    growth: float = GROWTH

    def __post_init__(self) -> None:
        for name in ("organizations", "goals", "people", "changes", "peak", "growth"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0")
        if self.largest is not None and not 1 <= self.largest <= LARGEST_POSSIBLE:
            raise ValueError(f"largest must be from 1 to {LARGEST_POSSIBLE:,}")
        if not 1.0 < self.skew <= 10.0:
            raise ValueError("skew must be above 1 and at most 10")
        most = self.largest or LARGEST_POSSIBLE
        if self.goals > most:
            raise ValueError(f"goals ({self.goals:g} on average) must not be above largest ({most:,})")

    @property
    def weekly_changes(self) -> float:
        """Of all organizations together."""
        return self.organizations * self.people * self.changes

    @property
    def peak_changes(self) -> float:
        """Changes a second in the busiest hour."""
        return self.weekly_changes / SECONDS_OF_WEEK * self.peak

    @property
    def peak_changes_of_a_goal(self) -> float:
        """Changes a second in the busiest hour for one goal: who has more goals has more people, and changes more."""
        return self.peak_changes / (self.organizations * self.goals)
