"""Organizations that do not exist: how large they are, how busy, and on which partition; the same for the same seed.

Sizes are drawn from what `goldenthread.sizing.organization_sizes` says of them, with the largest one as large as it may
be. Changes follow size, times a chance of its own for each organization (lognormal, deviation 0.5). Partitions are
those of Kafka's default partitioner, on ids as goals makes them; replicas have them as the range assignor gives them
out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

import numpy as np
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from numpy.typing import NDArray

from goldenthread.contracts.topics import GOALS
from goldenthread.sizing.demand import Demand
from goldenthread.sizing.organization_sizes import TAIL_FROM, largest_size, median_size

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_LIVELINESS = 0.5
_SEED, _M, _DIGITS = 0x9747B28C, 0x5BD1E995, 32


@dataclass(frozen=True)
class SimulatedOrganizations:
    """Each organization's goals, share of all changes, and hash; the largest one is the first."""

    goals: Floats
    shares: Floats
    hashes: Ints

    @classmethod
    def drawn(cls, demand: Demand, chance: np.random.Generator) -> SimulatedOrganizations:
        """As many as the demand says."""
        count, most = demand.organizations, largest_size(demand)
        drawn = chance.standard_normal(count)
        beyond = NormalDist().inv_cdf(TAIL_FROM)
        body = np.exp(np.minimum(drawn, beyond))
        tail = exp(beyond) * chance.random(count) ** (-1 / demand.skew)
        goals = np.minimum(np.where(drawn > beyond, tail, body) * median_size(demand), most)
        goals[0] = most
        goals *= np.where(np.arange(count) == 0, 1.0, _to_mean(goals, demand))
        lively = goals * np.exp(_LIVELINESS * chance.standard_normal(count))
        lively[0] = most
        return cls(goals, lively / lively.sum(), murmur2(_ids(count, chance)))

    def partitions(self, count: int) -> Ints:
        """The partition of each, of so many."""
        return (self.hashes & 0x7FFFFFFF) % count


def _to_mean(goals: Floats, demand: Demand) -> float:
    """By what all but the largest are multiplied, so that together they are as the demand says: at least a half of
    what was drawn, since the largest alone may be more than all of them should be.
    """
    wanted = demand.goals * demand.organizations - goals[0]
    return float(max(0.5, wanted / max(1.0, goals[1:].sum())))


def assigned(partitions: int, replicas: int) -> Ints:
    """The replica that each partition is given to, by Kafka's range assignor."""
    members = {f"replica-{number:04}": RangePartitionAssignor.metadata([GOALS]) for number in range(replicas)}
    cluster: Any = SimpleNamespace(partitions_for_topic=lambda _: set(range(partitions)))
    found = np.zeros(partitions, np.int64)
    for number, member in enumerate(sorted(members)):
        for _, owned in RangePartitionAssignor.assign(cluster, members)[member].assignment:
            found[list(owned)] = number
    return found


def _ids(count: int, chance: np.random.Generator) -> NDArray[np.uint8]:
    """Keys of records: `org_` and 32 hexadecimal digits, a row each."""
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)[chance.integers(0, 16, (count, _DIGITS))]
    return np.hstack([np.tile(np.frombuffer(b"org_", np.uint8), (count, 1)), digits])


def murmur2(keys: NDArray[np.uint8]) -> Ints:
    """Kafka's hash of many keys at once: rows of equal length, which four divides."""
    words = np.ascontiguousarray(keys).view("<u4").astype(np.uint64)
    mask, factor = np.uint64(0xFFFFFFFF), np.uint64(_M)
    found = np.full(len(keys), _SEED ^ keys.shape[1], np.uint64)
    for column in words.T:
        mixed = column * factor & mask
        mixed = (mixed ^ mixed >> np.uint64(24)) * factor & mask
        found = (found * factor & mask) ^ mixed
    found = (found ^ found >> np.uint64(13)) * factor & mask
    return (found ^ found >> np.uint64(15)).astype(np.int64)
