"""A consumer of one's own, as docs/backup.md tells people to write it: it reads a topic and, where that does not go on
from what it has, the producer's stream.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Self

import httpx
import msgspec
from aiokafka import AIOKafkaConsumer

from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.read_api import EventsPage
from goldenthread.contracts.topics import GOALS
from goldenthread.runtime.consumer.decoding import record_of
from tests.support.services import Services


class TopicReader:
    """What somebody else keeps of one organization: every event of goals, in order."""

    def __init__(self, services: Services, kafka: str, organization: str) -> None:
        self._services, self._kafka, self._organization = services, kafka, organization
        self.events: list[Event] = []
        self.read_again = 0
        """How often the stream was read from its first event, because the topic told of another branch."""

    async def __aenter__(self) -> Self:
        self._consumer = AIOKafkaConsumer(GOALS, bootstrap_servers=self._kafka, auto_offset_reset="earliest")
        await self._consumer.start()
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        await self._consumer.stop()

    async def _run(self) -> None:
        async for raw in self._consumer:
            record = record_of(raw)
            if record is not None and record.event is not None and record.organization == self._organization:
                await self._take(record.event)

    async def _take(self, event: Event) -> None:
        if any(known.id == event.id for known in reversed(self.events)):
            return  # it came before
        if event.previous == (self.events[-1].id if self.events else None):
            self.events.append(event)
        else:
            await self._read_all()

    async def _read_all(self) -> None:
        found: list[Event] = []
        while more := await self._page(found[-1].sequence if found else 0):
            found += more
        self.events, self.read_again = found, self.read_again + 1

    async def _page(self, after: int) -> list[Event]:
        while True:
            try:
                answer = await self._services.http.get(
                    f"{self._services.urls['goals']}/v1/events",
                    params={"organization": self._organization, "after": after, "limit": 5_000},
                    headers=self._services.reading,
                )
                return events_from_json(msgspec.json.decode(answer.raise_for_status().content, type=EventsPage).events)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)  # goals is being restored
