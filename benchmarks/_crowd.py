"""One huge organisation that flips, alone and beside a thousand small ones."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from time import perf_counter

from msgspec import structs

from benchmarks._company import Company
from benchmarks._days import lived, published, retired, turning
from benchmarks._flow import founded, row, settled
from benchmarks._stage import Stage
from benchmarks._table import OURS, Row, say
from benchmarks._watch import Watch

_SMALL, _NODES = 1_000, 20
_RATE, _SECONDS = 200, 10
_TRICKLES = 4
_FLIPS = 60
"""More than can be needed: they are prepared beforehand."""


class Flipping:
    """A huge organisation whose purpose is retired and published again."""

    def __init__(self, stage: Stage, watch: Watch, nodes: int) -> None:
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


async def flipped(huge: Flipping) -> Row:
    """The purpose is retired: transitions/s."""
    transitions, spent = await huge.flip()
    say(f"  {transitions:,} transitions in {spent:.2f} s")
    case = "flip, transitions/s"
    return Row(case, huge.company.nodes, OURS, round(transitions / spent, 1), None, None)


async def crowded(stage: Stage, watch: Watch, huge: Flipping) -> list[Row]:
    """The small ones' latency while the huge one rests, while it flips, and while it does so in a process of its own;
    the ratios of their p99s.
    """
    small = [Company(_NODES, seed=number) for number in range(_SMALL)]
    ends = [await _prepared(stage, each) for each in small]
    for each, end in zip(small, ends, strict=True):
        await settled(stage, watch, each.id, end)
    say(f"  {_SMALL:,} small organisations are judged")
    quiet = _row("the huge one rests", await _trickle(stage, watch, small, ends))
    ends = [end + _each() for end in ends]
    loud = _row("the huge one flips", await _beside(huge, _trickle(stage, watch, small, ends)), quiet)
    await stage.divide()
    await huge.flip()
    ends = [end + _each() for end in ends]
    await _trickle(stage, watch, small, ends)  # the new processes have read everybody
    ends = [end + _each() for end in ends]
    apart = _row("it flips in another process", await _beside(huge, _trickle(stage, watch, small, ends)), quiet)
    return [quiet, loud, apart]


async def _beside(huge: Flipping, trickle: Coroutine[None, None, list[float]]) -> list[float]:
    """What a trickle gives while the huge one flips."""
    going, flips = asyncio.create_task(trickle), 0
    while not going.done():
        await huge.flip()
        flips += 1
    say(f"  it flipped {flips} times meanwhile")
    return await going


def _row(while_: str, spent: Sequence[float], quiet: Row | None = None) -> Row:
    case, nodes, rate = f"{_SMALL:,} small ones, {while_}", _SMALL * _NODES, float(_RATE)
    made = row(case, nodes, OURS, rate, spent)
    if quiet is None:
        return made
    return structs.replace(made, ratio=round((made.p99_us or 0) / (quiet.p99_us or 1), 2))


def _each() -> int:
    """Events of each small one in a trickle."""
    return _RATE * _SECONDS // _SMALL


async def _prepared(stage: Stage, company: Company) -> int:
    """A small one is founded, and its trickles prepared; where it ends."""
    await founded(stage, company)
    end = company.sequence
    await stage.stage(lived(company, turning, _TRICKLES * _each()))
    return end


async def _trickle(stage: Stage, watch: Watch, small: Sequence[Company], ends: Sequence[int]) -> list[float]:
    """`_RATE` events a second, whatever became of those before; the seconds from due to seen, of each."""
    began, due = perf_counter() + 0.1, {}
    async with asyncio.TaskGroup() as tasks:
        for number in range(_RATE * _SECONDS):
            company, round = number % len(small), number // len(small)
            at = began + number / _RATE
            await asyncio.sleep(max(0.0, at - perf_counter()))
            id, after = small[company].id, ends[company] + round
            due[id, after + 1] = at
            tasks.create_task(stage.release(id, after, after + 1))
    for each, end in zip(small, ends, strict=True):
        await settled(stage, watch, each.id, end + _each())
    return [watch.seen[id][basis] - at for (id, basis), at in due.items() if basis in watch.seen[id]]
