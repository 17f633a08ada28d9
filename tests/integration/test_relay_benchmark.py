"""The relay's benchmark runs; what it measures is for people to read, and gates nothing."""

from __future__ import annotations

import asyncio

from benchmarks import relay


async def test_the_relay_is_measured_against_a_flag_per_row() -> None:
    found = await asyncio.to_thread(relay.measure, 1_000)
    assert all(value > 0 for value in found.values())
    assert {"published, one organization, rows/s", "ratio, rows/s"} <= set(found)
