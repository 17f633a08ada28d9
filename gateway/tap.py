"""The events of one stream of an organisation after a place in it: each once, in order, replayed first and then live.

A reader that falls behind loses its queue, not its place: it is given the rest from the producer, so that one slow
subscriber neither stalls others nor misses anything.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from gateway.errors import Unavailable
from gateway.hub import Hub
from gateway.model import ALIGNMENT, Commit, Model
from gateway.sources import Page
from goldenthread.contracts.envelope import Event

ROOM = 2_000
"""Events that wait for one reader, at most; beyond that they are read from the producer again."""
_PAGE = 500


class Tap:
    """Hears the commits of `source` from the moment it is made, until the `with` it is used in ends.

    Every event has been applied to the model before it is given out.
    """

    def __init__(self, hub: Hub, model: Model, source: str, after: int | None = None) -> None:
        self._hub, self._model, self._source = hub, model, source
        self._at = model.shown(source) if after is None else after
        here = model.position(source)
        self._id = here.id if after is None and here.sequence == self._at else None
        """Of the event at the place, once it is known: what follows it is of the same branch."""
        self._behind = after is not None
        self._loads = 0
        self._waiting: deque[Event] = deque()
        self._woken = asyncio.Event()
        model.listeners.add(self._hear)

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *_: object) -> None:
        self._model.listeners.discard(self._hear)

    async def events(self) -> AsyncIterator[Event]:
        """What comes after the place, for ever. Raises `Unreachable` when a replay is needed and cannot be had, and
        `Unavailable` when the producer was restored and what was given out is not of its stream any more.
        """
        while True:
            if self._behind:
                async for event in self._replay():
                    yield event
            while self._waiting and not self._behind:
                event = self._waiting.popleft()
                if event.sequence > self._at:
                    self._at, self._id = event.sequence, event.id
                    yield event
            if not self._behind:
                self._woken.clear()
                await self._woken.wait()

    def _hear(self, commit: Commit | None) -> None:
        if commit is None:
            self._loads += 1
            self._lose()
        elif commit.source == self._source and not self._behind:
            self._waiting.extend(commit.events)
            if len(self._waiting) > ROOM:
                self._lose()
        self._woken.set()

    def _lose(self) -> None:
        self._waiting.clear()
        self._behind = True

    async def _replay(self) -> AsyncIterator[Event]:
        """From the place to the producer's head; from there on it is heard live again."""
        while True:
            # What is committed from here on is heard, and dropped as known if the page holds it too.
            self._behind = False
            loads, page = self._loads, await self._page()
            for event in page.events:
                if not await self._shown(event, loads):
                    break
                self._at, self._id = event.sequence, event.id
                yield event
            else:
                if not page.events or self._at >= page.head.sequence:
                    return

    async def _page(self) -> Page:
        page = await self._hub.sources.events(self._source, self._model.id, self._at, limit=_PAGE)
        if self._id is None:
            self._at = min(self._at, page.head.sequence)
        elif (page.events[0].previous if page.events else page.head.id) != self._id:
            raise Unavailable("What you were told is void: a backup was restored. Read anew, then listen again.")
        self._hub.deliver_all(page.events)
        return page

    async def _shown(self, event: Event, loads: int) -> bool:
        """Wait until the model shows an event; False when it was loaded anew meanwhile, perhaps from another branch."""
        while self._loads == loads and self._model.shown(self._source) < event.sequence:
            await self._model.changed()
        return self._loads == loads


async def first_after(hub: Hub, model: Model, basis: int) -> int:
    """The place in alignment's stream after which everything reflects goals revisions beyond `basis`.

    Bases only grow along the stream, so the place is found by bisection: a page for every doubling of the stream.
    """
    page = await hub.sources.events(ALIGNMENT, model.id, 0, limit=1)
    low, high = 0, page.head.sequence
    while low < high:
        middle = (low + high) // 2
        page = await hub.sources.events(ALIGNMENT, model.id, middle, limit=1)
        if not page.events or (page.events[0].basis or 0) > basis:
            high = middle
        else:
            low = page.events[0].sequence
    return low
