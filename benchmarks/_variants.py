"""Several variants of one thing measured in turns: so that whatever else the machine does meets all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from statistics import median
from typing import NamedTuple

from benchmarks._paired import Measure
from benchmarks._table import say

Start = Callable[[], AbstractAsyncContextManager[Mapping[str, Measure]]]
"""Starts the processes of all variants, and ends them: the variants by name, first the one that others are compared
with.
"""


class VariantFigures(NamedTuple):
    """Microseconds of a core for one of something, in each turn, by variant; the first is what others are compared
    with.
    """

    what: str
    micros: dict[str, list[float]]

    @property
    def figures(self) -> dict[str, dict[str, float | list[float]]]:
        """By variant: the median, and the ratio to the first variant in each turn with its median."""
        first = next(iter(self.micros.values()))
        return {name: _figures(first, micros) for name, micros in self.micros.items()}


async def all_in_turns(start: Start, turns: int) -> list[VariantFigures]:
    """All variants measured `turns` times; which is the first of a turn changes. Each turn has new processes."""
    found: dict[str, VariantFigures] = {}
    for number in range(turns):
        async with start() as variants:
            names = list(variants)
            first = number % len(names)
            measured = {name: await variants[name]() for name in names[first:] + names[:first]}
        for what in measured[names[0]]:
            micros = found.setdefault(what, VariantFigures(what, {name: [] for name in names})).micros
            for name in names:
                micros[name].append(measured[name][what] * 1e6)
            say(f"  {number + 1}: {what}: " + ", ".join(f"{micros[name][-1]:,.1f} µs {name}" for name in names))
    return list(found.values())


def _figures(first: Sequence[float], micros: Sequence[float]) -> dict[str, float | list[float]]:
    ratios = [one / compared for one, compared in zip(micros, first, strict=True)]
    return {
        "median µs": round(median(micros), 2),
        "median ratio": round(median(ratios), 3),
        "ratios": [round(each, 3) for each in ratios],
    }
