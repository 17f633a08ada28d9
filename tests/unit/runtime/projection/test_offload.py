"""A heavy organization is folded in a thread: neither the event loop nor anybody else waits for it."""

from __future__ import annotations

import asyncio
import threading

from goldenthread.runtime.projection import Pace
from tests.support.asgi_server import eventually
from tests.unit.runtime.projection.projection_harness import ProjectionHarness

PACE = Pace(heavy=1, patience=0.01, waiting=3)


async def heavy_and_light() -> ProjectionHarness:
    """`ash` is heavy and held up, `birch` is light."""
    harness = ProjectionHarness(PACE, "ash", "birch")
    await harness.begin()
    while len(harness.store.rows["ash"].rows) <= PACE.heavy:
        await (await harness.feed("ash", 1)).saved()
    harness.before = harness.at("ash")
    harness.fold.held = "ash"
    harness.fold.threads.clear()
    return harness


async def test_while_a_heavy_organization_is_folded_the_loop_goes_on_and_others_are_folded_and_saved() -> None:
    harness = await heavy_and_light()
    heavy = await harness.feed("ash", 1)
    await eventually(harness.fold.folding.is_set)
    order: list[str] = []
    asyncio.get_running_loop().call_soon(order.append, "a heartbeat")
    assert await (await harness.feed("birch", 1)).saved()
    order.append("the other")
    assert not heavy.is_decided
    harness.fold.may.set()
    assert await heavy.saved()
    order.append("the heavy one")
    assert order == ["a heartbeat", "the other", "the heavy one"]
    assert [each is threading.main_thread() for each in harness.fold.threads] == [False, True]
    assert harness.differences() == []
    await harness.projection.close()


async def test_what_is_light_is_folded_where_it_is_fed() -> None:
    harness = ProjectionHarness(Pace(), "ash")
    await harness.begin()
    await harness.feed("ash", 1)
    assert set(harness.fold.threads) == {threading.main_thread()}
    await harness.projection.close()


async def test_more_is_taken_in_only_when_less_waits_for_the_heavy_one() -> None:
    harness = await heavy_and_light()
    first = await harness.feed("ash", 1)
    await eventually(harness.fold.folding.is_set)
    more = asyncio.create_task(harness.feed("ash", 3))
    await eventually(lambda: len(harness.goals.streams["ash"].events) == harness.before + 4)
    assert not more.done()
    harness.fold.may.set()
    assert await (await more).saved()
    assert first.is_decided
    assert harness.differences() == []
    await harness.projection.close()


async def test_who_is_cut_off_while_its_thread_runs_leaves_the_organization_to_be_loaded_again() -> None:
    harness = await heavy_and_light()
    harness.goals.write("ash", 1)
    harness.projection.repair("ash")
    await eventually(harness.fold.folding.is_set)
    harness.projection.revoke([0])
    harness.projection.assign([0])
    harness.fold.held = None
    harness.projection.repair("ash")
    await harness.projection.until_repaired()
    assert harness.differences() == []
    harness.fold.may.set()
    assert await (await harness.feed("ash", 1)).saved()
    assert harness.differences() == []
    await harness.projection.close()


async def test_closing_does_not_wait_for_a_thread_and_nothing_of_it_is_saved() -> None:
    harness = await heavy_and_light()
    receipt = await harness.feed("ash", 1)
    await eventually(harness.fold.folding.is_set)
    await harness.projection.close()
    harness.fold.may.set()
    assert not await receipt.saved()
    assert harness.at("ash") == harness.before
