"""How much of the load the busiest partition and the busiest replica have, where sizes are skewed.

An organization is on one partition, which its id decides as if by chance. So the busiest of many partitions has the
mean, what chance adds to it, and, at worst, the largest organization besides.
"""

from __future__ import annotations

from math import ceil, log, sqrt
from typing import NamedTuple

from goldenthread.sizing.demand import Demand
from goldenthread.sizing.organization_sizes import size_classes

COUNTS = (12, 24, 60, 120, 240, 360, 720)
"""Numbers of partitions that many numbers of replicas divide, so that replicas have equally many."""


class SkewedLoad(NamedTuple):
    """The goals of an installation, by which its load is divided."""

    total: float
    largest: float
    squares: float
    """The sum of the squares of all sizes but the largest: how much chance does."""

    @classmethod
    def of(cls, demand: Demand) -> SkewedLoad:
        """Of the sizes that the demand's organizations have."""
        classes = size_classes(demand)
        largest = classes[0].goals
        squares = sum(count * size * size for count, size in classes) - largest * largest
        return cls(sum(count * size for count, size in classes), largest, squares)

    def busiest(self, parts: int, of: int) -> float:
        """Goals on the busiest of the groups of `parts` partitions, where there are `of` partitions in all."""
        groups = max(1, of // parts)
        mean, others = self.total * parts / of, max(0.0, self.total - self.largest)
        if groups == 1:
            return mean
        chance = sqrt(2 * log(groups)) * sqrt(self.squares * parts / of * (1 - parts / of))
        return min(self.total, self.largest + others * parts / of + chance)

    def busiest_replica(self, replicas: int, partitions: int) -> float:
        """Goals of the busiest replica; Kafka's range assignment gives some of them one partition more."""
        return self.busiest(ceil(partitions / replicas), partitions)
