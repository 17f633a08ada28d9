"""Relays for the runtime's tests, of one process or several."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.kafka.clients import make_producer
from goldenthread.runtime.outbox.relay import LIMITS, Relay, RelayLimits
from goldenthread.runtime.outbox.store import COMMON_RELAY
from goldenthread.runtime.postgres.database import Pool
from tests.integration.runtime.outbox.streams import unpublished

Make = Callable[[], AIOKafkaProducer]


def making(address: str, issuer: Issuer) -> Make:
    settings = ProcessSettings(kafka=address, issuer=issuer.url, service_token=Secret("none"))
    return lambda: make_producer(settings, "relay")


@asynccontextmanager
async def relaying(
    pool: Pool,
    make: Callable[[], Any],
    number: int = COMMON_RELAY,
    silence: float = 20.0,
    limits: RelayLimits = LIMITS,
) -> AsyncIterator[Relay]:
    relay = Relay(pool, make, GOALS, number, silence, limits)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        assert not task.done(), task
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=30)
        assert done, "a relay that is told to end ends"


async def everything_published(pool: Pool) -> bool:
    return await unpublished(pool) == 0
