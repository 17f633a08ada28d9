"""The relay ends when it is told to, whatever happens at that moment."""

from __future__ import annotations

import asyncio
import time

import pytest

from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.database import SHARED, open_pool
from goldenthread.runtime.kafka import make_producer
from goldenthread.runtime.relay import Relay
from goldenthread.runtime.settings import Secret, Service


@pytest.mark.parametrize("turns", range(6))
async def test_a_relay_that_is_woken_and_ended_at_the_same_moment_ends(
    turns: int, database: str, broker: Broker, issuer: Issuer
) -> None:
    settings = Service(kafka=broker.address, issuer=issuer.url, service_token=Secret("none"))
    async with open_pool(database, 2, SHARED) as pool:
        relay = Relay(pool, lambda: make_producer(settings, "relay"), GOALS)
        running = asyncio.create_task(relay.run())
        await waits(relay)
        relay.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        done, _ = await asyncio.wait([running], timeout=5)
        running.cancel()
        assert done


async def waits(relay: Relay) -> None:
    """Returns when it leads and has nothing to do."""
    deadline = time.monotonic() + 30
    while not relay._woken._waiters:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
