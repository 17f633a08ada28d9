"""Repairs wait ever longer between attempts, but not longer than what they wait for is away."""

from __future__ import annotations

import asyncio
import random

from goldenthread.runtime.projection import Heads, Merge, Notice, Pace, Page, Projection, Record
from goldenthread.runtime.projection.repair import Repairs
from tests.support.simulation import loop
from tests.support.simulation.database import Database
from tests.support.simulation.faults import Away, Faults
from tests.support.simulation.folding import ChainFold
from tests.support.simulation.loop import VirtualLoop
from tests.support.simulation.streams import ALIGNMENT, GOALS, Goals


def test_what_waits_for_another_attempt_makes_it_when_it_is_hurried() -> None:
    attempts: list[float] = []

    async def work(organization: str, asked: bool) -> bool:
        attempts.append(asyncio.get_running_loop().time())
        return len(attempts) == 6

    async def live() -> None:
        repairs = Repairs(work, width=1, patience=1.0, slowest=60.0)
        repairs.want("ash")
        await asyncio.sleep(10.0)
        repairs.hurry()
        await repairs.settled()

    loop.run(live())
    assert attempts == [0.0, 1.0, 3.0, 7.0, 10.0, 11.0]


class Absent(Goals):
    """Does not answer before it is back."""

    back = False

    async def events(self, organization: str, after: int, limit: int) -> Page:
        if not self.back:
            raise Away
        return await super().events(organization, after, limit)

    async def heads(self, changed_since: str | None) -> Heads:
        if not self.back:
            raise Away
        return await super().heads(changed_since)


def test_a_gap_is_mended_soon_after_the_producer_is_back_however_long_it_was_away() -> None:
    async def live() -> float:
        faults = Faults(random.Random(0), calm=True)
        goals = Absent(("ash",), faults)
        database = Database(ALIGNMENT, faults, lambda event: None)

        async def report(notice: Notice) -> None:
            raise AssertionError(notice)

        made = Projection(
            fold=ChainFold(1),
            store=database,
            merge=Merge(GOALS),
            producers={GOALS: goals},
            report=report,
            partition_of=lambda organization: 0,
            pace=Pace(),
        )
        made.assign([0])
        polling = asyncio.create_task(made.run())
        goals.write("ash", 1)
        await made.feed([Record(GOALS, "ash", goals.write("ash", 1)[0])])
        await asyncio.sleep(300.0)
        goals.back = True
        clock = asyncio.get_running_loop()
        assert isinstance(clock, VirtualLoop)
        before = clock.time()
        await made.settled()
        polling.cancel()
        assert database.rows["ash"].standing.positions[GOALS].sequence == 2
        return clock.time() - before

    assert loop.run(live()) < 4.0
