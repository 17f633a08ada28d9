"""One huge organization that flips, alone and beside a thousand small ones."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from msgspec import structs

from benchmarks._alignment_consumer import AlignmentConsumer
from benchmarks._alignment_throughput import founded, row, settled
from benchmarks._company import Company
from benchmarks._company_days import lived, published, retired, turning
from benchmarks._garbage_collection import quiet
from benchmarks._real_services import RealServices
from benchmarks._table import OURS, Row, say

_SMALL, _NODES = 1_000, 20
RATE, _SECONDS = 200, 10
_TRICKLES = 5
_FLIPS = 60
"""More than can be needed: they are prepared beforehand."""


class FlippingOrganization:
    """A huge organization whose purpose is retired and published again."""

    def __init__(self, stage: RealServices, watch: AlignmentConsumer, nodes: int) -> None:
        self._stage, self._watch = stage, watch
        self.company = Company(nodes)
        self.at = 0

    async def begin(self) -> None:
        """Found it, and prepare what is to come."""
        began = perf_counter()
        await founded(self._stage, self.company)
        self.at = self.company.sequence
        await settled(self._stage, self._watch, self.company.id, self.at)
        say(f"  {self.company.nodes:,} nodes founded and judged in {perf_counter() - began:.1f} s")
        await self._stage.stage(
            [retired(self.company) if n % 2 == 0 else published(self.company) for n in range(_FLIPS)]
        )

    async def flip(self) -> tuple[int, float]:
        """Transitions, and the seconds until all of them are stored and seen."""
        before, began = self._watch.transitions[self.company.id], perf_counter()
        await self._stage.release(self.company.id, self.at, self.at + 1)
        self.at += 1
        ended = await settled(self._stage, self._watch, self.company.id, self.at)
        return self._watch.transitions[self.company.id] - before, ended - began


async def flipped(huge: FlippingOrganization) -> Row:
    """The purpose is retired: transitions/s."""
    transitions, spent = await huge.flip()
    say(f"  {transitions:,} transitions in {spent:.2f} s")
    case = "flip, transitions/s"
    return Row(case, huge.company.nodes, OURS, round(transitions / spent, 1), None, None)


async def crowded(stage: RealServices, watch: AlignmentConsumer, huge: FlippingOrganization, rate: int) -> list[Row]:
    """The small ones' latency while the huge one rests, while it flips, and while it does so in a process of its own;
    the ratios of their p99s. `rate` events a second come in from all small ones together. In the end the same while
    nothing flips, but processes that have nothing to do with it keep every core busy.
    """
    small = [await SmallOrganizations.begun(stage, number, rate) for number in range(_SMALL)]
    for each in small:
        await settled(stage, watch, each.company.id, each.at)
    say(f"  {_SMALL:,} small organizations are judged")
    await stage.tidy()
    trickle = partial(_trickle, stage, watch, small, rate)
    with quiet():
        rests = _row("the huge one rests", rate, await trickle())
        flips = _row("the huge one flips", rate, await _beside(huge, trickle()), rests)
        await stage.divide()
        await huge.flip()
        await trickle()  # the new processes have read everybody
        apart = _row("it flips in another process", rate, await _beside(huge, trickle()), rests)
        async with stage.burning():
            control = _row("it rests, all cores are busy", rate, await trickle(), rests)
    return [rests, flips, apart, control]


@dataclass
class SmallOrganizations:
    """A small organization, and how much of what was prepared for it has come in."""

    company: Company
    at: int

    @classmethod
    async def begun(cls, stage: RealServices, seed: int, rate: int) -> SmallOrganizations:
        """It is founded, and its trickles are prepared."""
        company = Company(_NODES, seed=seed)
        await founded(stage, company)
        made = cls(company, company.sequence)
        await stage.stage(lived(company, turning, _TRICKLES * -(-rate * _SECONDS // _SMALL)))
        return made


async def _beside(huge: FlippingOrganization, trickle: Coroutine[None, None, list[float]]) -> list[float]:
    """What a trickle gives while the huge one flips."""
    going, flips = asyncio.create_task(trickle), 0
    while not going.done():
        await huge.flip()
        flips += 1
    say(f"  it flipped {flips} times meanwhile")
    return await going


def _row(while_: str, rate: int, spent: Sequence[float], rests: Row | None = None) -> Row:
    made = row(f"{_SMALL:,} small ones, {while_}", _SMALL * _NODES, OURS, float(rate), spent)
    if rests is None:
        return made
    return structs.replace(made, ratio=round((made.p99_us or 0) / (rests.p99_us or 1), 2))


async def _trickle(
    stage: RealServices, watch: AlignmentConsumer, small: Sequence[SmallOrganizations], rate: int
) -> list[float]:
    """Events come in when they are due, whatever became of those before; the seconds from due to seen, of each."""
    began, due = perf_counter() + 0.1, {}
    async with asyncio.TaskGroup() as tasks:
        for number in range(rate * _SECONDS):
            each, at = small[number % len(small)], began + number / rate
            await asyncio.sleep(max(0.0, at - perf_counter()))
            due[each.company.id, each.at + 1] = at
            tasks.create_task(stage.release(each.company.id, each.at, each.at + 1))
            each.at += 1
    for each in small:
        await settled(stage, watch, each.company.id, each.at)
    return [watch.seen[id][basis] - at for (id, basis), at in due.items() if basis in watch.seen[id]]
