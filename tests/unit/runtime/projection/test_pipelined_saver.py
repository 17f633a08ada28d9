"""The transaction of one batch runs while the next is folded; what it does not bring into the store was not folded."""

from __future__ import annotations

import asyncio

from goldenthread.runtime.projection import BatchReceipt, Pace
from tests.support.asgi_server import eventually
from tests.unit.runtime.projection.projection_harness import ProjectionHarness

PACE = Pace(ahead=5, patience=0.01)


async def held(pace: Pace = PACE) -> ProjectionHarness:
    """One organization with one commit saved; from now on every save waits for a word."""
    harness = ProjectionHarness(pace, "ash")
    await harness.begin()
    harness.store.open = False
    harness.store.begun.clear()
    return harness


def saving(receipt: BatchReceipt) -> asyncio.Task[bool]:
    return asyncio.create_task(receipt.saved())


async def test_what_is_fed_during_a_transaction_is_folded_and_goes_into_the_next_one_together() -> None:
    harness = await held()
    first = saving(await harness.feed("ash", 1))
    rest = [saving(await harness.feed("ash", 1)) for _ in range(3)]
    assert harness.projection.applied("ash", "/goals").sequence == 5
    await eventually(lambda: harness.store.begun == [2])
    harness.store.go()
    assert await first
    assert harness.at("ash") == 2
    await eventually(lambda: harness.store.begun == [2, 5])
    assert not any(each.done() for each in rest)
    harness.store.go()
    assert await asyncio.gather(*rest) == [True] * 3
    assert harness.differences() == []
    await harness.projection.close()


async def test_a_transaction_that_fails_takes_with_it_what_was_folded_ahead_and_none_of_it_is_saved() -> None:
    harness = await held()
    both = [saving(await harness.feed("ash", 1)) for _ in range(2)]
    await eventually(lambda: harness.store.begun == [2])
    harness.store.open = True
    harness.store.fail()
    assert await asyncio.gather(*both) == [False, False]
    await harness.projection.until_repaired()
    assert harness.differences() == []
    await harness.projection.close()


async def test_folding_waits_once_it_is_far_enough_ahead_of_the_store() -> None:
    harness = await held()
    await harness.feed("ash", 1)
    await harness.feed("ash", *[1] * PACE.ahead)
    last = asyncio.create_task(harness.feed("ash", 1))
    await eventually(lambda: harness.store.begun == [2])
    await asyncio.sleep(0)
    assert not last.done()
    assert harness.projection.applied("ash", "/goals").sequence == 7
    harness.store.go()
    receipt = await last
    harness.store.go()
    harness.store.go()
    assert await receipt.saved()
    assert harness.differences() == []
    await harness.projection.close()


async def test_what_is_being_saved_when_its_partition_goes_is_saved_and_what_was_ahead_is_folded_again() -> None:
    harness = await held()
    first, ahead = [saving(await harness.feed("ash", 1)) for _ in range(2)]
    await eventually(lambda: harness.store.begun == [2])
    harness.projection.revoke([0])
    harness.projection.assign([0])
    harness.store.go()
    assert [await first, await ahead] == [True, False]
    harness.store.open = True
    assert harness.at("ash") == 2
    await harness.projection.until_repaired()
    await (await harness.feed("ash", 1)).saved()
    await harness.projection.until_repaired()
    assert harness.differences() == []
    await harness.projection.close()


async def test_an_organization_whose_partition_goes_while_records_of_it_wait_does_not_stay_in_memory() -> None:
    harness = await held()
    await harness.feed("ash", 1)
    await harness.feed("ash", *[1] * PACE.ahead)
    last = asyncio.create_task(harness.feed("ash", 1))
    await eventually(lambda: harness.store.begun == [2])
    await asyncio.sleep(0)
    harness.projection.revoke([0])
    assert not last.done()
    harness.store.go()
    await last
    assert harness.projection._worker.cache.organizations() == []
    await harness.projection.close()


async def test_what_was_folded_ahead_is_not_saved_when_the_organization_is_folded_again_before_that() -> None:
    harness = await held()
    first, ahead = [saving(await harness.feed("ash", 1)) for _ in range(2)]
    await eventually(lambda: harness.store.begun == [2])
    async with harness.projection._worker.cache.hold("ash") as state:
        state.rebuild()
    harness.store.go()
    assert [await first, await ahead] == [True, False]
    await eventually(lambda: state.current_save is None)
    assert harness.store.begun == [2]
    harness.store.open = True
    harness.projection.repair("ash")
    await harness.projection.until_repaired()
    assert harness.store.begun == [2, 3]
    assert harness.differences() == []
    await harness.projection.close()


async def test_who_reads_sees_what_is_folded_though_it_is_still_being_saved() -> None:
    harness = await held()
    await harness.feed("ash", 1)
    folded = await harness.projection.read("ash", lambda state: state.chain)
    assert folded != harness.store.rows["ash"].chain
    harness.store.go()
    await eventually(lambda: harness.store.rows["ash"].chain == folded)
    await harness.projection.close()


async def test_closing_says_of_what_was_not_saved_that_it_is_not() -> None:
    harness = await held()
    receipt = [saving(await harness.feed("ash", 1)) for _ in range(2)]
    await harness.projection.close()
    assert await asyncio.gather(*receipt) == [False, False]
    assert harness.at("ash") == 1
