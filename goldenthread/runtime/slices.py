"""Long work on the event loop, in slices between which everybody else has a turn."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from time import perf_counter

SLICE = 0.005
"""Seconds of work, after which others have a turn; one step of the work may take longer than that."""


async def in_slices(work: Iterator[None]) -> None:
    """Do all of `work`, which yields where it may be interrupted; what it works on may change there."""
    until = perf_counter() + SLICE
    for _ in work:
        if perf_counter() >= until:
            await asyncio.sleep(0)
            until = perf_counter() + SLICE


def at_once(work: Iterator[None]) -> None:
    """Do all of `work`; nobody else has a turn."""
    deque(work, maxlen=0)
