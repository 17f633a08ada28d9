"""Asks the producers every few seconds what they have written, so that silence is noticed and nothing is missed."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from gateway.hub import Hub
from gateway.model import SOURCES
from gateway.sources import Unreachable
from goldenthread.contracts.entities import Id
from goldenthread.contracts.reading import Head
from goldenthread.runtime import metrics

log = logging.getLogger(__name__)

_FULL_EVERY = 15
"""Polls after which all heads are read again: a producer restored from a backup has heads that moved back."""
_EVICT_EVERY = 30


class HeadsWatch:
    """The heads of all producers, remembered between polls, which answer only with what changed."""

    def __init__(self, hub: Hub, idle_seconds: float) -> None:
        self._hub, self._idle_seconds = hub, idle_seconds
        self._known: dict[str, dict[Id, Head]] = {source: {} for source in SOURCES}
        self._since: dict[str, datetime] = {}
        self._polls = 0

    async def run(self, seconds: float) -> None:
        """Poll for ever."""
        while True:
            await asyncio.sleep(seconds)
            await self.poll()

    async def poll(self) -> None:
        """Ask every producer once, and have the hub compare."""
        if self._polls % _FULL_EVERY == 0:
            self._since.clear()
        self._polls += 1
        await asyncio.gather(*(self._ask(source) for source in SOURCES))
        if self._polls % _EVICT_EVERY == 0:
            self._hub.evict(self._idle_seconds)
        metrics.ORGANIZATIONS.labels("gateway").set(len(self._hub.models))

    async def _ask(self, source: str) -> None:
        since = self._since.get(source)
        try:
            found = await self._hub.sources.heads(source, since)
        except Unreachable as error:
            log.warning("the heads of %s were not read: %s", source, error)
            return
        self._known[source] = found.heads if since is None else {**self._known[source], **found.heads}
        self._since[source] = found.at
        self._hub.compare(source, self._known[source])
