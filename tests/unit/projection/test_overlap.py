"""The transaction of one batch runs while the next is folded; what it does not bring into the store was not folded."""

from __future__ import annotations

import asyncio

from goldenthread.runtime.projection import BatchReceipt, Pace
from tests.support.asgi_server import eventually
from tests.unit.projection.stand import Stand

PACE = Pace(ahead=5, patience=0.01)


async def held(pace: Pace = PACE) -> Stand:
    """One organization with one commit saved; from now on every save waits for a word."""
    stand = Stand(pace, "ash")
    await stand.begin()
    stand.store.open = False
    stand.store.begun.clear()
    return stand


def saving(receipt: BatchReceipt) -> asyncio.Task[bool]:
    return asyncio.create_task(receipt.saved())


async def test_what_is_fed_during_a_transaction_is_folded_and_goes_into_the_next_one_together() -> None:
    stand = await held()
    first = saving(await stand.feed("ash", 1))
    rest = [saving(await stand.feed("ash", 1)) for _ in range(3)]
    assert stand.projection.applied("ash", "/goals").sequence == 5
    await eventually(lambda: stand.store.begun == [2])
    stand.store.go()
    assert await first
    assert stand.at("ash") == 2
    await eventually(lambda: stand.store.begun == [2, 5])
    assert not any(each.done() for each in rest)
    stand.store.go()
    assert await asyncio.gather(*rest) == [True] * 3
    assert stand.differences() == []
    await stand.projection.close()


async def test_a_transaction_that_fails_takes_with_it_what_was_folded_ahead_and_none_of_it_is_saved() -> None:
    stand = await held()
    both = [saving(await stand.feed("ash", 1)) for _ in range(2)]
    await eventually(lambda: stand.store.begun == [2])
    stand.store.open = True
    stand.store.fail()
    assert await asyncio.gather(*both) == [False, False]
    await stand.projection.until_repaired()
    assert stand.differences() == []
    await stand.projection.close()


async def test_folding_waits_once_it_is_far_enough_ahead_of_the_store() -> None:
    stand = await held()
    await stand.feed("ash", 1)
    await stand.feed("ash", *[1] * PACE.ahead)
    last = asyncio.create_task(stand.feed("ash", 1))
    await eventually(lambda: stand.store.begun == [2])
    await asyncio.sleep(0)
    assert not last.done()
    assert stand.projection.applied("ash", "/goals").sequence == 7
    stand.store.go()
    receipt = await last
    stand.store.go()
    stand.store.go()
    assert await receipt.saved()
    assert stand.differences() == []
    await stand.projection.close()


async def test_what_is_being_saved_when_its_partition_goes_is_saved_and_what_was_ahead_is_folded_again() -> None:
    stand = await held()
    first, ahead = [saving(await stand.feed("ash", 1)) for _ in range(2)]
    await eventually(lambda: stand.store.begun == [2])
    stand.projection.revoke([0])
    stand.projection.assign([0])
    stand.store.go()
    assert [await first, await ahead] == [True, False]
    stand.store.open = True
    assert stand.at("ash") == 2
    await stand.projection.until_repaired()
    await (await stand.feed("ash", 1)).saved()
    await stand.projection.until_repaired()
    assert stand.differences() == []
    await stand.projection.close()


async def test_what_was_folded_ahead_is_not_saved_when_the_organization_is_folded_again_before_that() -> None:
    stand = await held()
    first, ahead = [saving(await stand.feed("ash", 1)) for _ in range(2)]
    await eventually(lambda: stand.store.begun == [2])
    async with stand.projection._worker.cache.hold("ash") as state:
        state.rebuild()
    stand.store.go()
    assert [await first, await ahead] == [True, False]
    await eventually(lambda: state.current_save is None)
    assert stand.store.begun == [2]
    stand.store.open = True
    stand.projection.repair("ash")
    await stand.projection.until_repaired()
    assert stand.store.begun == [2, 3]
    assert stand.differences() == []
    await stand.projection.close()


async def test_who_reads_sees_what_is_folded_though_it_is_still_being_saved() -> None:
    stand = await held()
    await stand.feed("ash", 1)
    folded = await stand.projection.read("ash", lambda state: state.chain)
    assert folded != stand.store.rows["ash"].chain
    stand.store.go()
    await eventually(lambda: stand.store.rows["ash"].chain == folded)
    await stand.projection.close()


async def test_closing_says_of_what_was_not_saved_that_it_is_not() -> None:
    stand = await held()
    receipt = [saving(await stand.feed("ash", 1)) for _ in range(2)]
    await stand.projection.close()
    assert await asyncio.gather(*receipt) == [False, False]
    assert stand.at("ash") == 1
