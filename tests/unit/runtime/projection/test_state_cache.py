"""Memory is bounded by what organizations weigh; one that was evicted is loaded again and goes on as before."""

from __future__ import annotations

from goldenthread.runtime.projection import Pace
from tests.support.asgi_server import eventually
from tests.unit.runtime.projection.projection_harness import ProjectionHarness

NAMES = ("ash", "birch", "cedar")


async def test_the_longest_unused_go_until_the_rest_is_light_enough_and_come_back_the_same() -> None:
    harness = ProjectionHarness(Pace(held_weight=2, patience=0.01), *NAMES)
    await harness.begin()
    assert harness.store.loads == list(NAMES)
    cache = harness.projection._worker.cache
    assert (cache.organizations(), cache.weight) == (["birch", "cedar"], 2)
    assert await (await harness.feed("birch", 1)).saved()
    assert harness.store.loads == list(NAMES)
    assert await (await harness.feed("ash", 1)).saved()
    assert harness.store.loads == [*NAMES, "ash"]
    assert cache.organizations()[-1] == "ash"
    assert cache.weight == sum(len(harness.store.rows[each].rows) for each in cache.organizations())
    assert harness.differences() == []
    await harness.projection.close()


async def test_the_one_in_use_stays_whatever_it_weighs() -> None:
    harness = ProjectionHarness(Pace(held_weight=0, patience=0.01), "ash")
    await harness.begin()
    assert await (await harness.feed("ash", 1, 1, 1)).saved()
    assert harness.store.loads == ["ash"]
    await harness.projection.close()


async def test_what_is_not_saved_yet_is_not_evicted() -> None:
    harness = ProjectionHarness(Pace(in_memory=1, held_weight=0, patience=0.01), *NAMES)
    await harness.begin()
    harness.store.open = False
    harness.store.begun.clear()
    receipt = [await harness.feed(name, 1) for name in NAMES]
    await eventually(lambda: len(harness.store.begun) == len(NAMES))
    assert len(harness.projection._worker.cache) == len(NAMES)
    for _ in NAMES:
        harness.store.go()
    assert [await each.saved() for each in receipt] == [True] * 3
    assert len(harness.projection._worker.cache) == 1
    assert harness.differences() == []
    await harness.projection.close()


async def test_what_was_dropped_weighs_nothing() -> None:
    harness = ProjectionHarness(Pace(patience=0.01), *NAMES)
    await harness.begin()
    harness.projection.revoke(range(len(NAMES)))
    assert harness.projection._worker.cache.weight == 0
    await harness.projection.close()
