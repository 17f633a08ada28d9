"""Where a broker has lost its records, all organizations have to be repaired: a bounded number of them at a time."""

from __future__ import annotations

import asyncio
import random

from goldenthread.runtime.projection import DeadLetter, Merge, Pace, Projection, Record
from goldenthread.runtime.streams.heads_round import HeadsLimits
from tests.support.simulation import loop
from tests.support.simulation.database import Database
from tests.support.simulation.faults import Faults
from tests.support.simulation.folding import ChainFold, State
from tests.support.simulation.streams import ALIGNMENT, GOALS, Goals

MANY = [f"org_{number:02}" for number in range(60)]
MOST = 5
PACE = Pace(
    repairs=MOST,
    width=2,
    heads_every=1.0,
    full_heads_every=4,
    heads=HeadsLimits(page=10, pages=2, hurried_pages=3, behind=20),
)


def test_organizations_beyond_the_limit_of_repairs_are_repaired_when_there_is_room() -> None:
    async def live() -> tuple[int, int, int]:
        faults = Faults(random.Random(0), calm=True)
        goals, database = Goals(MANY, faults), Database(ALIGNMENT, faults, lambda event: None)

        async def report(notice: DeadLetter) -> None:
            raise AssertionError(notice)

        projection: Projection[State] = Projection(
            fold=ChainFold(1),
            store=database,
            merge=Merge(GOALS),
            upstreams={GOALS: goals},
            report=report,
            partition_of=lambda _: 0,
            pace=PACE,
        )
        projection.assign([0])
        for each in MANY:
            goals.write(each, 1)
        last = [Record(GOALS, each, event) for each in MANY for event in goals.write(each, 1)]
        await projection.consume(last)
        polling, most = asyncio.ensure_future(projection.run()), 0
        for _ in range(400):
            await asyncio.sleep(0.25)
            most = max(most, len(projection._repairs))
            folded = [each for each, row in database.rows.items() if row.checkpoint.positions[GOALS].sequence == 2]
            if len(folded) == len(MANY):
                break
        polling.cancel()
        await projection.close()
        return len(folded), most, projection.stats["postponed"]

    folded, most, postponed = loop.run(live())
    assert folded == len(MANY)
    assert 0 < most <= MOST
    assert postponed > 0
