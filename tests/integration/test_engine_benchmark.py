"""The recursive CTE that the engine is compared with answers what the engine does."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from benchmarks import _graph_shapes, engine
from benchmarks._own_engine import OwnEngine
from benchmarks._recursive_cte import recursive_cte


@pytest.mark.parametrize("name", ["realistic", "ring"])
def test_the_recursive_cte_answers_what_our_engine_does(name: str) -> None:
    case = next(case for case in engine.CASES if case.name == name)
    world = case.shape(4 * _graph_shapes.RING + 1, random.Random(1))
    ours, events = OwnEngine(world), case.events(world, random.Random(2))
    with recursive_cte() as peer:
        peer.ends_after(case.longest)
        peer.load(world.edges())
        peer.choose()
        for commit in islice(events, 60):
            ours.spent([commit], 60)
            peer.apply(commit.edits)
            peer.recompute()
            assert ours.keys(world) == peer.keys(len(world.kind))
