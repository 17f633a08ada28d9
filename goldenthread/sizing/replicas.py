"""How many partitions an installation needs, and how many replicas of alignment and of notifications."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from goldenthread.sizing.demand import Demand
from goldenthread.sizing.measured import CONSUMERS, EVENTS_OF_CHANGE, SAFETY, WEIGHT_OF_GOAL, ConsumerCosts
from goldenthread.sizing.partition_load import COUNTS, SkewedLoad

UTILIZATION = 0.5
"""Of a core, in the busiest hour, at most: beyond it, work waits longer than it takes."""
WITH_ONE_LOST = 0.85
"""The same while one replica is away and the others do its work."""
LEAST_REPLICAS = 2
"""One is not enough while its node is replaced, and KEDA keeps two (decision 31)."""
_PARTITIONS_EACH = 2
"""Partitions for each replica, at least, at the load that partitions are chosen for."""


class Consumer(NamedTuple):
    """So many replicas of a projection, and what the busiest one does and holds."""

    replicas: int
    utilization: float
    """Of a core, in the busiest hour."""
    one_lost: float
    """The same while one replica is away."""
    held: float
    """The share of organizations that are in memory when they change."""
    memory: float
    """Bytes."""


def partitions_for(demand: Demand) -> int:
    """The number of partitions: enough for `growth` times as many organizations."""
    later = structs.replace(demand, organizations=round(demand.organizations * demand.growth))
    load = SkewedLoad.of(later)
    for count in COUNTS:
        if all(_replicas(later, load, each, count // _PARTITIONS_EACH, count) for each in CONSUMERS.values()):
            return count
    return COUNTS[-1]


def consumer(demand: Demand, costs: ConsumerCosts, partitions: int) -> Consumer:
    """The replicas of a projection; as many as there are partitions where even those are not enough."""
    load = SkewedLoad.of(demand)
    replicas = _replicas(demand, load, costs, partitions, partitions) or partitions
    held = _held(demand, load, costs, replicas, partitions)
    goals = load.busiest_replica(replicas, partitions)
    kept = max(load.largest, min(goals * held, costs.held_weight / WEIGHT_OF_GOAL))
    memory = costs.idle + kept * costs.goal_bytes
    return Consumer(
        replicas,
        _cores(demand, load, costs, replicas, partitions),
        _cores(demand, load, costs, replicas - 1, partitions),
        held,
        memory,
    )


def _replicas(demand: Demand, load: SkewedLoad, costs: ConsumerCosts, most: int, partitions: int) -> int | None:
    """The fewest replicas that carry the load, also while one is away. None: not even `most` of them do."""
    low, high = LEAST_REPLICAS, most
    if not _carry(demand, load, costs, most, partitions):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if _carry(demand, load, costs, middle, partitions) else (middle + 1, high)
    return low


def _carry(demand: Demand, load: SkewedLoad, costs: ConsumerCosts, replicas: int, partitions: int) -> bool:
    return (
        _cores(demand, load, costs, replicas, partitions) <= UTILIZATION
        and _cores(demand, load, costs, replicas - 1, partitions) <= WITH_ONE_LOST
    )


def _cores(demand: Demand, load: SkewedLoad, costs: ConsumerCosts, replicas: int, partitions: int) -> float:
    """Of a core, in the busiest hour, on the busiest of so many replicas."""
    cold = 1 - _held(demand, load, costs, replicas, partitions)
    event = (costs.event + cold * costs.loading) * SAFETY
    events = load.busiest_replica(replicas, partitions) * demand.peak_changes_of_a_goal * EVENTS_OF_CHANGE
    return events * event


def _held(demand: Demand, load: SkewedLoad, costs: ConsumerCosts, replicas: int, partitions: int) -> float:
    goals = load.busiest_replica(replicas, partitions)
    of_organizations = costs.held * replicas / demand.organizations
    return min(1.0, of_organizations, costs.held_weight / (goals * WEIGHT_OF_GOAL))
