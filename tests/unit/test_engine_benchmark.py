"""What the engine's benchmark rests on: its graphs change as it tells the peers; its engine answers what they would.

Without the peers themselves: they belong to the dependency group `bench`.
"""

from __future__ import annotations

import heapq
import random
from array import array
from collections.abc import Mapping
from itertools import islice
from typing import Any

import pytest

from benchmarks import _compared_libraries, engine
from benchmarks._graphs import EdgeEdit, Edges, uuid7
from benchmarks._own_engine import OwnEngine
from benchmarks._table import OURS

SMALL = {"realistic": 600, "flip": 300, "chain": 120, "ring": 301, "dense": 150}


class Plain:
    """A peer of dicts and a heap."""

    name, restores = "plain", True

    def __init__(self) -> None:
        self.costs: dict[int, dict[int, int]] = {}
        self.found: Mapping[int, float] = {}

    def load(self, edges: Edges) -> None:
        self.costs = {}
        self.apply([EdgeEdit(*each) for each in zip(edges.parents, edges.children, edges.costs, strict=True)])

    def choose(self) -> None:
        """There is one way."""

    def apply(self, edits: list[EdgeEdit]) -> None:
        for parent, child, cost in edits:
            below = self.costs.setdefault(parent, {})
            below.pop(child, None)
            if cost:
                below[child] = cost

    def recompute(self) -> None:
        found: dict[int, int] = {}
        queue = [(0, 0)]
        while queue:
            key, node = heapq.heappop(queue)
            if node not in found:
                found[node] = key
                for child, cost in self.costs.get(node, {}).items():
                    heapq.heappush(queue, (key + cost, child))
        self.found = found

    def keys(self, count: int) -> array[int]:
        return _compared_libraries.by_node(self.found, count)


def case(name: str) -> engine.Case:
    return next(case for case in engine.CASES if case.name == name)


def test_ids_are_uuids_of_version_7_that_sort_by_age() -> None:
    ids = [uuid7(number) for number in range(10_000)]
    assert ids == sorted(set(ids))
    assert {(len(id), id[12]) for id in ids} == {(32, "7")}
    assert {id[16] for id in ids} == set("89ab")


@pytest.mark.parametrize("name", SMALL)
def test_edits_say_all_that_happens_to_the_edges(name: str) -> None:
    world = case(name).shape(SMALL[name], random.Random(1))
    kept, events = Plain(), case(name).events(world, random.Random(2))
    kept.load(world.edges())
    for _ in range(40):
        for commit in islice(events, 10):
            kept.apply(commit.edits)
        fresh = Plain()
        fresh.load(world.edges())
        assert {node: below for node, below in kept.costs.items() if below} == fresh.costs


@pytest.mark.parametrize("name", SMALL)
def test_the_engine_answers_what_a_shortest_path_search_does_after_every_commit(name: str) -> None:
    world = case(name).shape(SMALL[name], random.Random(3))
    peer, ours, events = Plain(), OwnEngine(world), case(name).events(world, random.Random(4))
    for commit in islice(events, 120):
        ours.spent([commit], 60, read=True)
        peer.load(world.edges())
        peer.recompute()
        assert ours.keys(world) == peer.keys(len(world.kind))
    assert ours.labels > 0


def test_every_case_gives_a_row_for_each_engine() -> None:
    notes: list[str] = []
    rows = [row for case in engine.CASES for row in engine._run(case, 400, [Plain()], notes)]
    assert {(row.case, row.engine) for row in rows} == {
        (name, who)
        for name in (*SMALL, "realistic, changes only", "restore")
        for who in (OURS, "plain")
    } | {(f"{name}, labels read", OURS) for name in SMALL}  # fmt: skip
    assert len(notes) == len(SMALL)


def test_a_peer_that_answers_something_else_is_not_timed() -> None:
    class Wrong(Plain):
        def keys(self, count: int) -> array[int]:
            keys = super().keys(count)
            keys[7] += 1
            return keys

    with pytest.raises(RuntimeError, match="plain and our engine differ at 1 nodes; node 7"):
        engine._run(case("chain"), 100, [Wrong()], [])


def test_a_peer_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(_compared_libraries, "import_module", missing)
    with pytest.raises(SystemExit, match='networkx is not installed; `make bench ARGS="engine"`'):
        _compared_libraries.NetworkX()
