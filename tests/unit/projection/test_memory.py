"""Memory is bounded by what organizations weigh; one that was evicted is loaded again and goes on as before."""

from __future__ import annotations

from goldenthread.runtime.projection import Pace
from tests.support.asgi_server import eventually
from tests.unit.projection.stand import Stand

NAMES = ("ash", "birch", "cedar")


async def test_the_longest_unused_go_until_the_rest_is_light_enough_and_come_back_the_same() -> None:
    stand = Stand(Pace(held_weight=2, patience=0.01), *NAMES)
    await stand.begin()
    assert stand.store.loads == list(NAMES)
    cache = stand.projection._worker.cache
    assert (cache.organizations(), cache.weight) == (["birch", "cedar"], 2)
    assert await (await stand.feed("birch", 1)).saved()
    assert stand.store.loads == list(NAMES)
    assert await (await stand.feed("ash", 1)).saved()
    assert stand.store.loads == [*NAMES, "ash"]
    assert cache.organizations()[-1] == "ash"
    assert cache.weight == sum(len(stand.store.rows[each].rows) for each in cache.organizations())
    assert stand.differences() == []
    await stand.projection.close()


async def test_the_one_in_use_stays_whatever_it_weighs() -> None:
    stand = Stand(Pace(held_weight=0, patience=0.01), "ash")
    await stand.begin()
    assert await (await stand.feed("ash", 1, 1, 1)).saved()
    assert stand.store.loads == ["ash"]
    await stand.projection.close()


async def test_what_is_not_saved_yet_is_not_evicted() -> None:
    stand = Stand(Pace(in_memory=1, held_weight=0, patience=0.01), *NAMES)
    await stand.begin()
    stand.store.open = False
    stand.store.begun.clear()
    receipt = [await stand.feed(name, 1) for name in NAMES]
    await eventually(lambda: len(stand.store.begun) == len(NAMES))
    assert len(stand.projection._worker.cache) == len(NAMES)
    for _ in NAMES:
        stand.store.go()
    assert [await each.saved() for each in receipt] == [True] * 3
    assert len(stand.projection._worker.cache) == 1
    assert stand.differences() == []
    await stand.projection.close()


async def test_what_was_dropped_weighs_nothing() -> None:
    stand = Stand(Pace(patience=0.01), *NAMES)
    await stand.begin()
    stand.projection.revoke(range(len(NAMES)))
    assert stand.projection._worker.cache.weight == 0
    await stand.projection.close()
