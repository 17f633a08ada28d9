"""Several members of alignment share the organizations: under load, partitions go from one to the other and back."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from goldenthread.contracts.envelope import from_headers
from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import ALIGNMENT, PARTITIONS
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.projection import Projection
from services.alignment import app
from services.alignment.settings import Settings
from tests.integration.alignment.conftest import Story, running
from tests.support.asgi_server import eventually
from tests.support.services import Services

ORGANIZATIONS = 8


class Shares:
    """Which partitions each member has: a member is known by its projection."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.of: dict[int, set[int]] = {}
        assign, revoke, close = Projection.assign, Projection.revoke, Projection.close

        def assigned(projection: Projection[Any], partitions: Iterable[int]) -> None:
            self.of.setdefault(id(projection), set()).update(partitions := list(partitions))
            assign(projection, partitions)

        def revoked(projection: Projection[Any], partitions: Iterable[int]) -> None:
            self.of.setdefault(id(projection), set()).difference_update(partitions := list(partitions))
            revoke(projection, partitions)

        async def closed(projection: Projection[Any]) -> None:
            self.of.pop(id(projection), None)
            await close(projection)

        patch.setattr(Projection, "assign", assigned)
        patch.setattr(Projection, "revoke", revoked)
        patch.setattr(Projection, "close", closed)

    def among(self, members: int) -> bool:
        """Every partition has one member, and every one of so many members has some."""
        counts = Counter(partition for each in self.of.values() for partition in each)
        once = counts == Counter(range(PARTITIONS))
        return once and sum(1 for each in self.of.values() if each) == members


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


async def test_partitions_go_from_member_to_member_under_load_and_everything_is_said_once(
    place: Path, postgres: Postgres, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = Shares(monkeypatch)
    async with Broker(place / "members") as broker, running(postgres, broker, issuer) as services:
        stories = [Story(await services.organization()) for _ in range(ORGANIZATIONS)]
        for story in stories:
            await story.begin()
        async with load(stories) as done:
            for _ in range(2):
                async with another(services, broker):
                    await eventually(lambda: shares.among(2), 60)
                    await more(done)
                await eventually(lambda: shares.among(1), 60)
        for story in stories:
            await story.laws()
        said = [event.id for story in stories for event in await story.stream()]
        assert len(said) == len(set(said))
        assert (await published(broker)).keys() == set(said)
