"""Repairs wait ever longer between attempts, but no longer than an upstream is away; what zombies write is noticed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Collection, Mapping
from itertools import pairwise

from goldenthread.runtime.projection import ChangedHeads, DeadLetter, HeadsPage, Merge, Pace, Page, Projection, Record
from goldenthread.runtime.streams.repairs import Repairs
from tests.support.simulation import loop
from tests.support.simulation.database import Database
from tests.support.simulation.faults import Away, Faults
from tests.support.simulation.folding import ChainFold, State, fresh_fold
from tests.support.simulation.loop import VirtualLoop
from tests.support.simulation.streams import ALIGNMENT, GOALS, Goals


def test_what_waits_for_another_attempt_makes_it_when_it_is_hurried() -> None:
    attempts: list[float] = []

    async def work(organization: str, asked: bool) -> bool:
        attempts.append(asyncio.get_running_loop().time())
        return len(attempts) == 6

    async def live() -> None:
        repairs = Repairs(work, width=1, patience=1.0, slowest=60.0)
        repairs.request("ash")
        await asyncio.sleep(10.0)
        repairs.retry_now()
        await repairs.until_repaired()

    loop.run(live())
    assert attempts == [0.0, 1.0, 3.0, 7.0, 10.0, 11.0]


def test_new_reasons_end_a_pause_once_it_has_lasted_for_a_second() -> None:
    attempts: list[float] = []

    async def work(organization: str, asked: bool) -> bool:
        attempts.append(asyncio.get_running_loop().time())
        return False

    async def live() -> None:
        repairs = Repairs(work, width=1, patience=8.0, slowest=60.0)
        repairs.request("ash")
        for _ in range(30):  # ten reasons a second
            await asyncio.sleep(0.1)
            repairs.hurry("ash")
        repairs.cancel(["ash"])

    loop.run(live())
    assert len(attempts) == 3
    assert all(1.0 <= later - earlier < 1.2 for earlier, later in pairwise(attempts))


def test_requests_during_the_pause_before_a_repair_are_one_repair() -> None:
    attempts: list[float] = []

    async def work(organization: str, asked: bool) -> bool:
        attempts.append(asyncio.get_running_loop().time())
        return True

    async def live() -> None:
        repairs = Repairs(work, width=1, patience=1.0, slowest=60.0, pause_before=lambda _: 2.0)
        for _ in range(3):
            repairs.request("ash")
            await asyncio.sleep(0.5)
        await repairs.until_repaired()

    loop.run(live())
    assert attempts == [2.0]


class Absent(Goals):
    """Does not answer before it is back."""

    back = False

    async def events(self, organization: str, after: int, limit: int) -> Page:
        if not self.back:
            raise Away
        return await super().events(organization, after, limit)

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        if not self.back:
            raise Away
        return await super().heads(changed_since, named, after, page)


def test_a_gap_is_mended_soon_after_the_producer_is_back_however_long_it_was_away() -> None:
    async def live() -> float:
        faults = Faults(random.Random(0), calm=True)
        goals = Absent(("ash",), faults)
        database = Database(ALIGNMENT, faults, lambda event: None)

        async def report(notice: DeadLetter) -> None:
            raise AssertionError(notice)

        made = Projection(
            fold=ChainFold(1),
            store=database,
            merge=Merge(GOALS),
            upstreams={GOALS: goals},
            report=report,
            partition_of=lambda organization: 0,
            pace=Pace(),
        )
        made.assign([0])
        polling = asyncio.create_task(made.run())
        goals.write("ash", 1)
        receipt = await made.consume([Record(GOALS, "ash", goals.write("ash", 1)[0])])
        assert await receipt.saved()
        await asyncio.sleep(300.0)
        goals.back = True
        clock = asyncio.get_running_loop()
        assert isinstance(clock, VirtualLoop)
        before = clock.time()
        await made.until_repaired()
        polling.cancel()
        assert database.rows["ash"].checkpoint.positions[GOALS].sequence == 2
        return clock.time() - before

    assert loop.run(live()) < 4.0


def test_what_a_zombie_with_other_code_wrote_is_noticed_though_nothing_else_happens() -> None:
    async def live() -> None:
        faults = Faults(random.Random(0), calm=True)
        goals = Goals(("ash",), faults)
        database = Database(ALIGNMENT, faults, lambda event: None)

        async def report(notice: DeadLetter) -> None:
            raise AssertionError(notice)

        def member(version: int) -> Projection[State]:
            made = Projection(
                fold=ChainFold(version),
                store=database,
                merge=Merge(GOALS),
                upstreams={GOALS: goals},
                report=report,
                partition_of=lambda organization: 0,
                pace=Pace(full_heads_every=4),
            )
            made.assign([0])
            return made

        new, zombie = member(2), member(1)
        events = goals.write("ash", 3)
        receipt = await new.consume([Record(GOALS, "ash", event) for event in events])
        assert await receipt.saved()
        zombie.repair("ash")
        await zombie.until_repaired()
        assert database.rows["ash"].checkpoint.fold_version == 1
        polling = asyncio.create_task(new.run())
        await asyncio.sleep(30.0)
        polling.cancel()
        state, _, _ = fresh_fold(ALIGNMENT, "ash", 2, [goals.streams["ash"]])
        assert (database.rows["ash"].checkpoint.fold_version, database.rows["ash"].chain) == (2, state.chain)

    loop.run(live())
