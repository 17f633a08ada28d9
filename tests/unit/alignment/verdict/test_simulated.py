"""The engine through long histories of graphs of any size, against labels computed anew after every commit.

The bounded form runs some ten thousand operations, the long one a million and more (`-m long`).
"""

from __future__ import annotations

import pytest

from tests.support.oracle import Oracle
from tests.support.relaxation_oracle import RelaxationOracle
from tests.unit.alignment.verdict.histories import History, Tangle, Thicket, live_through


def test_through_any_history_the_engine_says_what_labels_computed_anew_say() -> None:
    for seed in range(30):
        live_through(seed, 400)


@pytest.mark.parametrize("kind", [Tangle, Thicket])
def test_through_tangles_and_thickets_the_engine_says_what_labels_computed_anew_say(kind: type[History]) -> None:
    for seed in range(40):
        live_through(seed, 150, kind)


@pytest.mark.long
def test_through_a_million_operations_the_engine_says_what_labels_computed_anew_say() -> None:
    done = 0
    for seed in range(10_000, 20_000):
        done += live_through(seed, 500, {0: Tangle, 1: Thicket}.get(seed % 6, History))
        if done > 1_000_000:
            break
    assert done > 1_000_000


def test_labels_relaxed_until_none_changes_are_those_of_every_path_written_down() -> None:
    for seed in range(60):
        history, one, other = History(seed, 8), Oracle(), RelaxationOracle()
        for sequence in range(1, 40):
            entity = history.entity()
            one.put(entity, sequence)
            other.put(entity, sequence)
            assert one.judge() == other.judge(), f"seed {seed} at {sequence}"
