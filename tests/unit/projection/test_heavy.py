"""A heavy organization is folded in a thread: neither the event loop nor anybody else waits for it."""

from __future__ import annotations

import asyncio
import threading

from goldenthread.runtime.projection import Pace
from tests.support.asgi_server import eventually
from tests.unit.projection.stand import Stand

PACE = Pace(heavy=1, patience=0.01, waiting=3)


async def heavy_and_light() -> Stand:
    """`ash` is heavy and held up, `birch` is light."""
    stand = Stand(PACE, "ash", "birch")
    await stand.begin()
    while len(stand.store.rows["ash"].rows) <= PACE.heavy:
        await (await stand.feed("ash", 1)).saved()
    stand.before = stand.at("ash")
    stand.fold.held = "ash"
    stand.fold.threads.clear()
    return stand


async def test_while_a_heavy_organization_is_folded_the_loop_goes_on_and_others_are_folded_and_saved() -> None:
    stand = await heavy_and_light()
    heavy = await stand.feed("ash", 1)
    await eventually(stand.fold.folding.is_set)
    order: list[str] = []
    asyncio.get_running_loop().call_soon(order.append, "a heartbeat")
    assert await (await stand.feed("birch", 1)).saved()
    order.append("the other")
    assert not heavy.is_decided
    stand.fold.may.set()
    assert await heavy.saved()
    order.append("the heavy one")
    assert order == ["a heartbeat", "the other", "the heavy one"]
    assert [each is threading.main_thread() for each in stand.fold.threads] == [False, True]
    assert stand.differences() == []
    await stand.projection.close()


async def test_what_is_light_is_folded_where_it_is_fed() -> None:
    stand = Stand(Pace(), "ash")
    await stand.begin()
    await stand.feed("ash", 1)
    assert set(stand.fold.threads) == {threading.main_thread()}
    await stand.projection.close()


async def test_more_is_taken_in_only_when_less_waits_for_the_heavy_one() -> None:
    stand = await heavy_and_light()
    first = await stand.feed("ash", 1)
    await eventually(stand.fold.folding.is_set)
    more = asyncio.create_task(stand.feed("ash", 3))
    await eventually(lambda: len(stand.goals.streams["ash"].events) == stand.before + 4)
    assert not more.done()
    stand.fold.may.set()
    assert await (await more).saved()
    assert first.is_decided
    assert stand.differences() == []
    await stand.projection.close()


async def test_who_is_cut_off_while_its_thread_runs_leaves_the_organization_to_be_loaded_again() -> None:
    stand = await heavy_and_light()
    stand.goals.write("ash", 1)
    stand.projection.repair("ash")
    await eventually(stand.fold.folding.is_set)
    stand.projection.revoke([0])
    stand.projection.assign([0])
    stand.fold.held = None
    stand.projection.repair("ash")
    await stand.projection.until_repaired()
    assert stand.differences() == []
    stand.fold.may.set()
    assert await (await stand.feed("ash", 1)).saved()
    assert stand.differences() == []
    await stand.projection.close()


async def test_closing_does_not_wait_for_a_thread_and_nothing_of_it_is_saved() -> None:
    stand = await heavy_and_light()
    receipt = await stand.feed("ash", 1)
    await eventually(stand.fold.folding.is_set)
    await stand.projection.close()
    stand.fold.may.set()
    assert not await receipt.saved()
    assert stand.at("ash") == stand.before
