"""Long work on the event loop, in slices between which everybody else has a turn; and some of many at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")

SLICE = 0.005
"""Seconds of work, after which others have a turn; one step of the work may take longer than that."""


async def in_slices(work: Iterator[None]) -> None:
    """Do all of `work`, which yields where it may be interrupted; what it works on may change there."""
    until = perf_counter() + SLICE
    for _ in work:
        if perf_counter() >= until:
            await asyncio.sleep(0)
            until = perf_counter() + SLICE


def run_without_pause(work: Iterator[None]) -> None:
    """Do all of `work`; nobody else has a turn."""
    deque(work, maxlen=0)


def rotating_slice(items: Sequence[T], turn: int, most: int) -> Sequence[T]:
    """At most `most` of them: all, or others at every turn, so that each has had its own after some."""
    if len(items) <= most:
        return items
    start = turn * most % len(items)
    return [*items[start:], *items[:start]][:most]
