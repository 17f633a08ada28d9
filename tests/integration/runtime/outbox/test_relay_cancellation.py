"""The relay ends when it is told to, whatever happens at that moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.kafka.clients import make_producer
from goldenthread.runtime.outbox.batch_publisher import Batch, BatchPublisher
from goldenthread.runtime.outbox.relay import Relay, RelayLimits
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from tests.integration.runtime.outbox.streams import unpublished, write


@pytest.mark.parametrize("turns", range(6))
async def test_a_relay_that_is_woken_and_ended_at_the_same_moment_ends(
    turns: int, database: Secret, broker: Broker, issuer: Issuer
) -> None:
    settings = ProcessSettings(kafka=broker.address, issuer=issuer.url, service_token=Secret("none"))
    async with open_pool(database, 2, SHARED) as pool:
        relay = Relay(pool, lambda: make_producer(settings, "relay"), GOALS)
        running = asyncio.create_task(relay.run())
        await waits(relay)
        relay.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        done, _ = await asyncio.wait([running], timeout=30)
        running.cancel()
        assert done


async def test_an_organization_that_has_written_a_lot_holds_up_nobody(
    database: Secret, broker: Broker, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, int]] = []
    prepare = BatchPublisher.prepare

    async def prepared(publisher: BatchPublisher, rows: Sequence[Any]) -> list[Batch]:
        sent.extend((row["organization"], row["sequence"]) for row in rows)
        return await prepare(publisher, rows)

    monkeypatch.setattr(BatchPublisher, "prepare", prepared)
    settings = ProcessSettings(kafka=broker.address, issuer=issuer.url, service_token=Secret("none"))
    async with open_pool(database, 2, SHARED) as pool:
        counts = {"org_big": 35, "org_large": 35, "org_small": 1, "org_tiny": 1}
        for organization, count in counts.items():
            await write(pool, organization, count)
        relay = Relay(pool, lambda: make_producer(settings, "relay"), GOALS, limits=RelayLimits(round=10))
        running = asyncio.create_task(relay.run())
        await waits(relay)
        running.cancel()
        await asyncio.wait([running], timeout=30)
        assert sorted(sent) == [(name, number) for name, count in counts.items() for number in range(1, count + 1)]
        for organization, count in counts.items():
            assert [number for name, number in sent if name == organization] == list(range(1, count + 1)), "in order"
        assert max(sent.index(("org_small", 1)), sent.index(("org_tiny", 1))) < 25
        assert await unpublished(pool) == 0


async def waits(relay: Relay) -> None:
    """Returns when it leads and has nothing to do."""
    deadline = time.monotonic() + 30
    while not relay._woken._waiters:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
