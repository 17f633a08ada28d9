"""Asks the upstreams every few seconds what they have written, so that silence is noticed and nothing is missed."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from time import monotonic

from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.ports import Unreachable
from gateway.upstream.streams import SOURCES
from goldenthread.contracts.entities import Id
from goldenthread.contracts.read_api import MOST_NAMED, Head
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.slices import rotating_slice

log = logging.getLogger(__name__)

_FULL_EVERY = 15
"""Polls after which all heads are read again."""
_EVICT_EVERY = 30
_SOON = 0.1


class HeadsPoller:
    """The heads of all upstreams, remembered between polls, which answer only with what changed, and by name.

    Those in memory are asked for by name, some at every poll: of an upstream that was restored from a backup nothing
    counts as changed, though its heads moved back.
    """

    def __init__(self, cache: OrganizationCache, idle_seconds: float) -> None:
        self._cache, self._idle_seconds = cache, idle_seconds
        self._watches = {source: _UpstreamPoller(cache, source) for source in SOURCES}

    async def run(self, seconds: float) -> None:
        """Poll for ever; an upstream that is slow to answer holds up its own polls only."""
        async with asyncio.TaskGroup() as group:
            for watch in self._watches.values():
                group.create_task(watch.run(seconds))
            group.create_task(self._evict(_EVICT_EVERY * seconds))

    async def poll(self) -> None:
        """Ask every upstream once, and have the cache compare."""
        await asyncio.gather(*(watch.poll() for watch in self._watches.values()))

    def answers(self, source: str, within: float) -> bool:
        """Whether an upstream answered lately, in so many seconds."""
        return monotonic() - self._watches[source].answered < within

    async def _evict(self, seconds: float) -> None:
        while True:
            metrics.ORGANIZATIONS.labels("gateway").set(len(self._cache.organizations))
            await asyncio.sleep(seconds)
            self._cache.evict(self._idle_seconds)


class _UpstreamPoller:
    """The heads of one upstream."""

    def __init__(self, cache: OrganizationCache, source: str) -> None:
        self._cache, self._source = cache, source
        self._known: dict[Id, Head] = {}
        self._since: datetime | None = None
        self._polls = 0
        self.answered = float("-inf")

    async def run(self, seconds: float) -> None:
        """Poll for ever; sooner again at first, when it may be starting as we are."""
        soon = _SOON
        while True:
            await self.poll()
            never = self.answered == float("-inf")
            await asyncio.sleep(min(soon, seconds) if never else seconds)
            soon *= 2

    async def poll(self) -> None:
        """Ask once, and have the cache compare."""
        since = None if self._polls % _FULL_EVERY == 0 else self._since
        named = rotating_slice(list(self._cache.organizations), self._polls, MOST_NAMED) if since is not None else []
        self._polls += 1
        try:
            found = await self._cache.upstreams.heads(self._source, since, named)
        except Unreachable as error:
            self._since = None if since is None else self._since
            log.warning("the heads of %s were not read: %s", self._source, error)
            return
        self.answered = monotonic()
        gone = {id: Head(0, None) for id in named if id not in found.heads}
        self._known = found.heads if since is None else {**self._known, **gone, **found.heads}
        self._since = found.at
        self._cache.compare(self._source, self._known)
