"""Who reads of the cache: requests, sockets with subscriptions, listeners; some slow, some failing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import cast

from gateway.errors import Unavailable
from gateway.live.commit_listeners import AppliedCommit
from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import UnknownOrganization, Unreachable
from gateway.upstream.streams import SOURCES
from goldenthread.contracts.envelope import Event
from tests.support.simulation.faults import Faults
from tests.support.simulation.gateway import laws
from tests.support.simulation.gateway.process import GatewayProcess, end_listening, listen, seen, version_of
from tests.support.simulation.gateway.services import Services

HOURS = 10_000.0
"""Longer than any run."""


class Readers:
    """The readers of one process; `broken` collects which laws were broken."""

    def __init__(self, process: GatewayProcess, services: Services, faults: Faults, broken: laws.Violations) -> None:
        self.process, self.services, self.faults, self.broken = process, services, faults, broken
        self.sockets: list[Socket] = []
        self.feeds: list[Feed] = []

    async def request(self, organization: str) -> None:
        """Ask for the organization, again and again."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            if await self.get(organization) is None:
                await asyncio.sleep(0.1)
            self.broken.check(laws.nobody_waits_for_long, organization, loop.time() - began)
            await asyncio.sleep(self.faults.random.choice((0.0, 0.02, 0.3, 5.0)))

    async def socket(self, organization: str, *, raising: bool = False) -> None:
        """Hold the organization, hear all of it, and let it go after a while; then again."""
        while True:
            view = await self.get(organization)
            if view is not None:
                await self._hold(Socket(self, view), raising)
            await asyncio.sleep(self.faults.random.choice((0.01, 0.5)))

    async def subscribe(self, organization: str, source: str) -> None:
        """Subscribe, again and again: from here on or from an earlier place, reading fast or slowly."""
        while True:
            view = await self.get(organization)
            if view is not None:
                feed = Feed(self, view, source)
                self.feeds.append(feed)
                with self.process.keeping(organization):
                    await feed.read()
                self.feeds.remove(feed)
            await asyncio.sleep(self.faults.random.choice((0.01, 0.5)))

    async def get(self, organization: str) -> OrganizationView | None:
        try:
            return await self.process.get(organization)
        except (Unreachable, UnknownOrganization):
            return None

    def listening(self, organization: str) -> int:
        """How many sockets and feeds there are of it."""
        views = [each.view for each in self.sockets] + [each.view for each in self.feeds]
        return sum(each.id == organization for each in views)

    def is_deleted(self, organization: str) -> bool:
        """Whether goals has deleted it, so that whoever hears it may be told that it ends."""
        return organization in self.services.goals.deleted

    async def _hold(self, socket: Socket, raising: bool) -> None:
        view = socket.view
        failing = Raising(self, view.id)
        with self.process.keeping(view.id):
            self.sockets.append(socket)
            if raising:
                listen(view, failing.hear, failing.end)
            listen(view, socket.hear, socket.end)
            await socket.last_for(self.faults.random.choice((0.1, 1.0, 3.0, 10.0, HOURS)))
            end_listening(view, socket.hear)
            end_listening(view, failing.hear)
            self.sockets.remove(socket)


class Socket:
    """Hears every commit; what it heard last is what is shown."""

    def __init__(self, readers: Readers, view: OrganizationView) -> None:
        self.readers, self.view = readers, view
        self._last: dict[str, str | None] = {}
        self._looked: object = None
        self._ended = asyncio.Event()
        self.hear(None)

    def hear(self, commit: AppliedCommit | None) -> None:
        history, now = self.readers.services.history, seen(self.view)
        if commit is None:
            self._last = {source: laws.shown_id(history, now, source) for source in SOURCES}
            return
        for event in commit.events:
            last = self._last[event.source]
            self.readers.broken.check(laws.each_event_once, None if last is None else history.event(last), event)
            self.readers.broken.check(laws.shown_before_told, history, now, event)
            self._last[event.source] = event.id

    async def last_for(self, seconds: float) -> None:
        """Go on for so long, or until it is ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()

    def end(self) -> None:
        """It never raises, so only the organization's end ends it."""
        self.readers.broken.check(laws.only_a_deletion_ends_listeners, self.readers.is_deleted(self.view.id))
        self._ended.set()

    def look(self) -> None:
        if self._ended.is_set():
            return
        now, broken, organization = version_of(self.view), self.readers.broken, self.view.id
        broken.check(laws.same_view_while_held, organization, self.view, self.readers.process.view(organization))
        if now != self._looked:
            self._looked = now
            broken.check(laws.every_listener_is_told, self.readers.services.history, seen(self.view), self._last)


class Raising:
    """A listener with a bug: once it raised it hears nothing more."""

    def __init__(self, readers: Readers, organization: str) -> None:
        self._readers, self._organization = readers, organization
        self._raised = self._told = False

    def hear(self, commit: AppliedCommit | None) -> None:
        self._readers.broken.check(laws.who_raised_is_told_no_more, self._raised)
        if self._readers.faults.happens(0.2):
            self._raised = True
            raise ZeroDivisionError

    def end(self) -> None:
        """It is told that it failed, or that all ends, and once."""
        ends = self._raised or self._readers.is_deleted(self._organization)
        self._readers.broken.check(laws.who_raised_is_told_no_more, self._told or not ends)
        self._told = True


class Feed:
    """One subscription. `last` is the event it was given last, `start` the place after which it began."""

    def __init__(self, readers: Readers, view: OrganizationView, source: str) -> None:
        random = readers.faults.random
        self.view, self.source = view, source
        self.last: Event | None = None
        self._readers = readers
        self._slow = random.random() < 0.3
        shown = view.shown(source)
        self._after = random.choice((None, None, random.randint(0, shown)))
        self.start = shown if self._after is None else self._after

    async def read(self) -> None:
        faults = self._readers.faults
        try:
            with self._readers.process.feed(self.view, self.source, self._after) as feed:
                async with aclosing(cast(AsyncGenerator[Event], feed.events())) as events:
                    async for event in events:
                        self._take(event)
                        if faults.happens(0.02):
                            return
                        if self._slow and not faults.calm:
                            await asyncio.sleep(faults.random.choice((0.0, 0.2, 2.0)))
        except (Unavailable, Unreachable):
            return  # what was told is void, or cannot be had now: it begins again

    def look(self, broken: laws.Violations) -> None:
        """In calm."""
        services = self._readers.services
        broken.check(laws.feeds_reach_the_head, services, self.view.id, self.source, self.last, self.start)

    def _take(self, event: Event) -> None:
        broken, history = self._readers.broken, self._readers.services.history
        broken.check(laws.each_event_given_once, self.last, event, self.start)
        broken.check(laws.shown_before_given, history, seen(self.view), event)
        self.last = event
