"""Members of a group that follow organizations."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer

from goldenthread.contracts.envelope import from_headers
from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import ALIGNMENT
from goldenthread.launcher.broker import Broker
from services.alignment import app
from services.alignment.settings import Settings
from tests.integration.alignment.conftest import Story
from tests.support.asgi_server import eventually
from tests.support.services import Services


@asynccontextmanager
async def another(services: Services, broker: Broker, **more: Any) -> AsyncIterator[None]:
    """A second member, on the database of the first."""
    settings = Settings(
        kafka=broker.address,
        kafka_fetch_wait_ms=10,
        issuer=services.issuer.url,
        service_token=Secret(services.issuer.service_token("goldenthread-alignment")),
        database_url=services.databases["alignment"],
        goals_url=services.urls["goals"],
        **more,
    )
    async with app.build(settings):
        yield


@asynccontextmanager
async def load(stories: list[Story]) -> AsyncIterator[list[int]]:
    """Everybody makes goals and retires whys, as fast as they can, as long as the block lasts; how many so far."""
    done, over = [0] * len(stories), asyncio.Event()

    async def work(number: int, story: Story) -> None:
        while not over.is_set():
            why = await story.make("PublishWhy", statement="Grow", because="It pays", audience=[story.root])
            one = await story.objective("Sell", why)
            await story.objective("Call", one)
            await story.do("RetireWhy", why=why, reason="Done")
            done[number] += 1

    tasks = [asyncio.create_task(work(number, story)) for number, story in enumerate(stories)]
    try:
        yield done
    finally:
        over.set()
        await asyncio.gather(*tasks)


async def more(done: list[int]) -> None:
    """Wait until everybody has done something more."""
    before = list(done)
    await eventually(lambda: all(now > then for now, then in zip(done, before, strict=True)))


async def published(broker: Broker) -> Counter[str]:
    """How often each event is on alignment's topic, by its id."""
    found: Counter[str] = Counter()
    async with AIOKafkaConsumer(ALIGNMENT, bootstrap_servers=broker.address, auto_offset_reset="earliest") as reader:
        ends = await reader.end_offsets(reader.assignment())
        for place in ends:
            await reader.seek_to_beginning(place)
        while any([await reader.position(place) < end for place, end in ends.items()]):
            for records in (await reader.getmany(timeout_ms=200)).values():
                found.update(from_headers(each.headers, each.value).id for each in records)
    return found
