"""The events of one stream of an organization after a place in it: each once, in order, replayed first and then live.

A reader that falls behind loses its queue, not its place: it is given the rest from the upstream, so that one slow
subscriber neither stalls others nor misses anything. The next event is given out when what came of the one before has
been sent, and no other subscription of the same socket has anything on its way: whoever does not read holds nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from gateway.budget.caller_pace import CallerPace, CallerPaces
from gateway.budget.replay_memory import ReplayPage, SocketReader
from gateway.errors import Unavailable
from gateway.live.commit_listeners import AppliedCommit
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.live.stream_upstream import position_of
from gateway.upstream.ports import StreamPage
from gateway.upstream.streams import ALIGNMENT
from goldenthread.contracts.envelope import Event
from goldenthread.runtime.streams.position import Position

ROOM = 2_000
"""Events that wait for one reader, at most; beyond that they are read from the upstream again."""
ROOM_BYTES = 4 * 1024 * 1024
"""Their size as JSON, at most. Those who wait for the same events share them."""
PAGE = 200
_AGAIN_SECONDS = 1.0
"""Seconds after which an upstream is asked again, when its answer does not fit what is shown."""
_EVENT_SECONDS = 0.000_02
"""Seconds that it takes to find out whether a subscriber wants an event."""


class EventFeed:
    """Gets the commits of `source` from the moment it is made until the end of its `with` block.

    Every event has been applied to the view before it is given out. `room`: events that wait, at most; `page`: events
    of one replay from the upstream.
    """

    def __init__(
        self,
        cache: OrganizationCache,
        view: OrganizationView,
        source: str,
        after: int | None = None,
        reader: SocketReader | None = None,
        pace: CallerPace | None = None,
        room: int = ROOM,
        page: int = PAGE,
    ) -> None:
        self._cache, self._view, self._source = cache, view, source
        self._room, self._page_size = room, page
        self._reader, self._pace = reader or SocketReader(), pace or CallerPaces().of(None)
        self._at = view.shown(source) if after is None else after
        self._id = view.id_at(source, self._at) if after is None else None
        """The id of the event at the place, once it is known: what follows it is of the same branch."""
        self._behind = after is not None
        self._loads = 0
        self._waiting: deque[AppliedCommit] = deque()
        self._events = self._bytes = 0
        """Of what waits."""
        self._has_turn = self._has_replay = False
        self._page: ReplayPage | None = None
        self._woken = asyncio.Event()
        self._failed = False
        view.listeners.add(self._hear, self._fail)

    def __enter__(self) -> EventFeed:
        return self

    def __exit__(self, *_: object) -> None:
        self._view.listeners.discard(self._hear)
        self._end_turn()
        self._end_page()

    async def events(self) -> AsyncIterator[Event]:
        """The events after the place, for ever. Raises `Unreachable` when a replay is needed and cannot be had, and
        `Unavailable` when the upstream was restored and what was given out is not of its stream any more, or when
        something failed on our side.
        """
        while True:
            if self._failed:
                raise Unavailable("Something failed on our side. Listen again from where you are.")
            if self._behind:
                async for event in self._replay():
                    yield event
            while self._waiting and not self._behind:
                commit = self._waiting.popleft()
                self._events -= len(commit.events)
                self._bytes -= commit.size
                for event in commit.events:
                    await self._paced()
                    if event.sequence <= self._at:
                        continue
                    if not self._is_next(event):
                        self._lose()  # of another branch than what was given out: the upstream says which is its own
                        break
                    if await self._take_turn(self._loads) and not self._behind:
                        self._at, self._id = event.sequence, event.id
                        yield event
                    self._end_turn()
            if not self._behind and not self._failed:
                self._woken.clear()
                await self._woken.wait()

    async def _paced(self) -> None:
        """Examine the next event when the caller's pace allows it: the subscriber may not want most events."""
        await self._pace.rest()
        self._pace.charge(_EVENT_SECONDS)

    def _hear(self, commit: AppliedCommit | None) -> None:
        if commit is None:
            self._loads += 1
            self._lose()
        elif commit.source == self._source and not self._behind:
            self._waiting.append(commit)
            self._events += len(commit.events)
            self._bytes += commit.size
            if self._events > self._room or self._bytes > ROOM_BYTES:
                self._lose()
        self._woken.set()

    def _fail(self) -> None:
        self._failed = True
        self._woken.set()

    def _is_next(self, event: Event) -> bool:
        return event.sequence == self._at + 1 and self._id in (None, event.previous)

    def _lose(self) -> None:
        self._waiting.clear()
        self._events = self._bytes = 0
        self._behind = True

    async def _replay(self) -> AsyncIterator[Event]:
        """From the place to the upstream's head; from there on it is heard live again."""
        while not self._failed:
            if self._source == ALIGNMENT:
                await self._view.judging()
                if self._failed:
                    return
            page = await self._begin_page()
            # What is committed from here on is heard, and dropped as known if the page holds it too.
            self._behind = False
            loads, head = self._loads, await self._fill(page)
            if not await self._is_shown(head, loads):
                self._end_page()
                continue  # it was read of another branch than is shown now
            while (event := page.next()) is not None:
                await self._cache.pages.pace()
                await self._paced()
                if not await self._take_turn(loads):
                    break
                self._at, self._id = event.sequence, event.id
                yield event
                self._end_turn()
            self._end_turn()
            whole = event is None and not page.taken_away
            self._end_page()
            if whole and self._at >= head.sequence:
                if self._waiting or self._view.shown(self._source) <= self._at:
                    return
                await self._changed()  # the view is further than its upstream, which was restored: ask again

    async def _fill(self, held: ReplayPage) -> Position:
        """Read the next page; the upstream's head."""
        async with self._cache.pages.fetching:
            page = await self._cache.upstreams.events(self._source, self._view.id, self._at, limit=self._page_size)
        if self._id is None:
            self._at = min(self._at, page.head.sequence)
            self._id = page.head.id if self._at == page.head.sequence else None
        elif (page.events[0].previous if page.events else page.head.id) != self._id:
            raise Unavailable("What you were told is void: a backup was restored. Read anew, then listen again.")
        self._cache.deliver_all(page.events)
        held.fill(page.events)
        return position_of(page.head)

    async def _is_shown(self, head: Position, loads: int) -> bool:
        """Wait, bounded, until the view shows what the upstream had written: then all before it is of the same branch.

        False when the organization was loaded anew, or another event has that number, or is not remembered: the page
        may be of a branch that was taken back, and is read again.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_AGAIN_SECONDS):
                while self._loads == loads and not self._failed:
                    known = self._view.id_at(self._source, head.sequence)
                    here = known == head.id and self._view.shown(self._source) >= head.sequence
                    if here or head.sequence == 0:
                        return True
                    await self._view.changed()
        return False

    async def _changed(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_AGAIN_SECONDS):
                await self._view.changed()

    # -- what is shared with others -----------------------------------------------------------------------------------

    async def _begin_page(self) -> ReplayPage:
        await self._reader.begin_replay()
        self._has_replay = True
        self._page = await self._cache.pages.hold()
        return self._page

    def _end_page(self) -> None:
        if self._page is not None:
            self._cache.pages.release(self._page)
            self._page = None
        if self._has_replay:
            self._has_replay = False
            self._reader.end_replay()

    async def _take_turn(self, loads: int) -> bool:
        """Wait for the turn; False when the organization was loaded anew meanwhile."""
        await self._reader.take_turn()
        self._has_turn = True
        return self._loads == loads

    def _end_turn(self) -> None:
        if self._has_turn:
            self._has_turn = False
            self._reader.end_turn()


async def first_after(cache: OrganizationCache, view: OrganizationView, basis: int) -> int:
    """The place in alignment's stream after which everything reflects goals revisions beyond `basis`.

    Bases only grow along the stream, so the place is found by bisection: a page for every doubling of the stream. Waits
    until verdicts are known.
    """
    await view.judging()
    page = await _one(cache, view, 0)
    low, high = 0, page.head.sequence
    while low < high:
        middle = (low + high) // 2
        page = await _one(cache, view, middle)
        if not page.events or (page.events[0].basis or 0) > basis:
            high = middle
        else:
            low = page.events[0].sequence
    return low


async def _one(cache: OrganizationCache, view: OrganizationView, after: int) -> StreamPage:
    async with cache.pages.fetching:
        return await cache.upstreams.events(ALIGNMENT, view.id, after, limit=1)
