"""Simulated organizations are on the partitions, and partitions at the replicas, where Kafka would have them."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._simulated_organizations import SimulatedOrganizations, assigned, murmur2
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.kafka.clients import partition_of
from goldenthread.sizing.demand import Demand


@pytest.mark.parametrize("partitions", [1, 12, 720])
def test_many_keys_are_hashed_at_once_as_the_partitioner_hashes_each(partitions: int) -> None:
    ids = [new_id("org") for _ in range(500)]
    keys = np.array([list(id.encode()) for id in ids], np.uint8)
    found = (murmur2(keys) & 0x7FFFFFFF) % partitions
    assert found.tolist() == [partition_of(id, partitions) for id in ids]


def test_partitions_are_given_out_as_the_range_assignor_does() -> None:
    assert assigned(12, 5).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4]
    assert assigned(12, 12).tolist() == list(range(12))


def test_a_seed_gives_the_same_organizations_of_the_stated_sizes() -> None:
    demand = Demand(organizations=10_000, goals=200, largest=50_000)
    once, again = (SimulatedOrganizations.drawn(demand, np.random.default_rng(3)) for _ in range(2))
    assert once.goals.tolist() == again.goals.tolist()
    assert once.hashes.tolist() == again.hashes.tolist()
    assert once.goals[0] == once.goals.max() == 50_000
    assert once.goals.sum() == pytest.approx(200 * 10_000, rel=0.01)
    assert once.shares.sum() == pytest.approx(1)
    assert np.median(once.goals) < 100


def test_activity_follows_size() -> None:
    found = SimulatedOrganizations.drawn(Demand(organizations=10_000), np.random.default_rng(1))
    assert np.corrcoef(np.log(found.goals), np.log(found.shares))[0, 1] > 0.8
