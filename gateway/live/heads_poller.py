"""Asks the upstreams every few seconds what they have written, so that silence is noticed and nothing is missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from functools import partial
from time import monotonic

from gateway.live.organization_cache import OrganizationCache
from gateway.upstream.ports import Unreachable
from gateway.upstream.streams import SOURCES
from goldenthread.contracts.topics import service_name
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.streams.heads import HeadsWatch
from goldenthread.runtime.streams.lag import FoldedPlaces, Lag
from goldenthread.runtime.streams.position import START, Position

log = logging.getLogger(__name__)

_EVICT_EVERY = 30
_SOON = 0.1


class HeadsPoller:
    """The heads of all upstreams, each polled by itself."""

    def __init__(self, cache: OrganizationCache, idle_seconds: float) -> None:
        self._cache, self._idle_seconds = cache, idle_seconds
        self._polls = {source: _UpstreamPoll(cache, source) for source in SOURCES}
        metrics.PROJECTION_LAG.follow(lambda: self.lag.seconds, "gateway")
        metrics.PENDING_REVISIONS.follow(lambda: self.lag.revisions, "gateway")
        for source in SOURCES:
            metrics.ANSWER_AGE.follow(partial(self._answer_age, source), "gateway", service_name(source))

    async def run(self, seconds: float) -> None:
        """Poll for ever; an upstream that is slow to answer holds up its own polls only."""
        async with asyncio.TaskGroup() as group:
            for each in self._polls.values():
                group.create_task(each.run(seconds))
            group.create_task(self._evict(_EVICT_EVERY * seconds))

    async def poll(self) -> None:
        """Ask every upstream once."""
        await asyncio.gather(*(each.poll() for each in self._polls.values()))

    @property
    def lag(self) -> Lag:
        """How far the organizations in memory are behind what the upstreams had written at the last polls."""
        found = [each.watch.lag for each in self._polls.values()]
        return Lag(sum(each.revisions for each in found), max(each.seconds for each in found))

    def answers(self, source: str, within: float) -> bool:
        """Whether an upstream answered lately, in so many seconds."""
        return monotonic() - self._polls[source].answered < within

    def _answer_age(self, source: str) -> float:
        return self._polls[source].watch.answer_age

    async def _evict(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            self._cache.evict(self._idle_seconds)


class _UpstreamPoll:
    """The heads of one upstream (`HeadsWatch`), compared with what was received of its streams."""

    def __init__(self, cache: OrganizationCache, source: str) -> None:
        self._cache, self._source = cache, source
        upstream = cache.repairs.upstreams[source]
        shown = FoldedPlaces(partial(cache.follows, source), self._shown)
        # No rounds: what is not in memory is not compared, and what is, is asked for by name.
        self.watch = HeadsWatch(upstream, None, partial(cache.heads_answered, source), shown)
        self._away = False
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
        """Ask once, and have repaired what is behind."""
        follows = partial(self._cache.follows, self._source)
        try:
            behind = await self.watch.poll(follows, self._received, list(self._cache.organizations))
        except Unreachable as error:
            self._away = True
            log.warning("the heads of %s were not read: %s", self._source, error)
            return
        self.answered = monotonic()
        if self._away:
            self._away = False
            self._cache.repairs.retry_now(self._source)
        for organization in behind:
            self._cache.repairs.request(organization, self._source)

    def _shown(self, organization: str) -> Position | None:
        view = self._cache.organizations.get(organization)
        return None if view is None else view.streams.applied[self._source]

    async def _received(self, organizations: Collection[str]) -> Mapping[str, Position]:
        """Where these are in the stream; one that was forgotten meanwhile is nowhere."""
        views = {each: self._cache.organizations.get(each) for each in organizations}
        return {id: START if view is None else view.streams.received(self._source) for id, view in views.items()}
