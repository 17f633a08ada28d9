"""Two revisions measured in turns: so that whatever else the machine does meets both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from statistics import median
from typing import NamedTuple

from benchmarks._table import say

Measure = Callable[[], Awaitable[Mapping[str, float]]]
"""Measures one revision: seconds of a core, by what they were used for."""


class Comparison(NamedTuple):
    """Microseconds of a core for one of something, before and after: the first of each list are one pair, and so on."""

    what: str
    before: list[float]
    after: list[float]

    @property
    def ratios(self) -> list[float]:
        """Of each pair: more than 1 where this revision uses more."""
        return [after / before for before, after in zip(self.before, self.after, strict=True)]

    @property
    def figures(self) -> dict[str, float | list[float]]:
        """The medians and the ratios."""
        return {
            "before, median µs": round(median(self.before), 2),
            "after, median µs": round(median(self.after), 2),
            "ratios": [round(each, 3) for each in self.ratios],
            "median ratio": round(median(self.ratios), 3),
        }


Pair = Callable[[], AbstractAsyncContextManager[tuple[Measure, Measure]]]
"""Starts the processes of both revisions, the earlier one first, and ends them."""


async def in_turns(start: Pair, pairs: int) -> list[Comparison]:
    """Both measured `pairs` times; which is the first of a pair alternates.

    Each pair has processes of its own: how one process lies in memory makes it some percent faster or slower than
    another of the same code, for as long as it lives.
    """
    found: dict[str, Comparison] = {}
    for number in range(pairs):
        async with start() as (before, after):
            measured = {}
            for which in (before, after) if number % 2 == 0 else (after, before):
                measured[which] = await which()
        for what, seconds in measured[before].items():
            pair = found.setdefault(what, Comparison(what, [], []))
            pair.before.append(seconds * 1e6)
            pair.after.append(measured[after][what] * 1e6)
            say(f"  {number + 1}: {what}: {pair.before[-1]:,.1f} µs, {pair.after[-1]:,.1f} µs, {pair.ratios[-1]:.3f}")
    return list(found.values())
