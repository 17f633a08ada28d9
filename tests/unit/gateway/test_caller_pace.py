"""One caller with many costly requests leaves room for everybody else; usual requests never wait."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from gateway.budget.caller_pace import BURST, REST, SHARE, CallerPace, CallerPaces

COSTLY = 0.2
"""Seconds."""


async def test_others_have_their_turn_between_two_costly_executions_of_one_caller() -> None:
    hostile, order = CallerPaces().of("hostile"), list[str]()

    async def costly() -> None:
        await hostile.wait()
        order.append("costly")
        hostile.charge(COSTLY)

    async def bystander() -> None:
        while order.count("costly") < 10:
            order.append("-")
            await asyncio.sleep(0)

    await asyncio.gather(*(costly() for _ in range(10)), bystander())
    assert order.count("costly") == 10
    assert all(after == "-" for before, after in pairwise(order) if before == "costly")


async def test_executions_begin_in_the_order_in_which_they_were_asked_for() -> None:
    pace, begun = CallerPaces().of("caller"), list[int]()

    async def execute(number: int) -> None:
        await pace.wait()
        begun.append(number)
        pace.charge(COSTLY)

    await asyncio.gather(*(execute(number) for number in range(8)))
    assert begun == list(range(8))


async def test_usual_requests_do_not_wait() -> None:
    paces = CallerPaces()
    one, other = paces.of("one"), paces.of("other")
    for _ in range(200):
        for pace in (one, other):
            waiting = pace.wait()
            with pytest.raises(StopIteration):  # it returns without giving the loop a turn
                waiting.send(None)
            pace.charge(0.000_01)


async def test_who_is_in_debt_waits_while_others_are_about(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock(monkeypatch)
    paces = CallerPaces()
    hostile, bystander = paces.of("hostile"), paces.of("bystander")
    await bystander.wait()
    for _ in range(4):
        hostile.charge(COSTLY)
    await clock.turn()
    for _ in range(3):
        await bystander.wait()
    await hostile.wait()
    assert clock.slept == pytest.approx((4 * COSTLY - BURST) / SHARE)


async def test_who_is_alone_rests_shortly_and_has_no_debt(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock(monkeypatch)
    pace = CallerPaces().of("alone")
    for _ in range(10):
        await pace.wait()
        clock.now += COSTLY
        pace.charge(COSTLY)
        await clock.turn()
    assert clock.slept == pytest.approx(9 * REST * COSTLY)


async def test_callers_who_wait_share_what_they_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    _Clock(monkeypatch)
    paces = CallerPaces()
    one, two, bystander = paces.of("one"), paces.of("two"), paces.of("bystander")
    for pace in (one, two):
        for _ in range(10):
            pace.charge(COSTLY)
    waiting = [asyncio.ensure_future(pace.wait()) for pace in (one, two, one)]
    await bystander.wait()
    monkeypatch.undo()
    await asyncio.sleep(0)
    assert paces.share(one) == SHARE / 2
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert paces.share(one) == SHARE


async def test_who_gives_up_does_not_keep_the_next_one_waiting() -> None:
    pace = CallerPaces().of("caller")
    pace.charge(COSTLY)
    first, second = (asyncio.create_task(pace.wait()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait_for(second, 30)


async def test_callers_who_have_not_asked_for_long_are_forgotten() -> None:
    paces = CallerPaces()
    first: CallerPace = paces.of(0)
    for number in range(10_000):
        paces.of(number + 1)
    assert paces.of(0) is not first


class _Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = self.slept = 0.0
        self._sleep = asyncio.sleep
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(asyncio, "sleep", self._pass)

    async def turn(self) -> None:
        """Let the event loop have its next turn."""
        await self._sleep(0)

    async def _pass(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds
        await self._sleep(0)
