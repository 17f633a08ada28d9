"""How much of replays is in memory at once, and how the subscriptions of one socket share it.

A subscriber that does not read holds one message and no page: its page is taken away when others wait for one, and read
again when it goes on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from time import monotonic

from goldenthread.contracts.envelope import Event

MOST_PAGES = 16
"""Pages of replays that one process holds."""
MOST_FETCHES = 4
"""Pages that one process asks for at the same time."""
IDLE_SECONDS = 1.0
"""Seconds without reading after which a page can be taken away."""


class ReplayPage:
    """The events of a page that were not given out yet. `taken_away`: their memory was needed for another page."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self.used = monotonic()
        self.taken_away = False

    def fill(self, events: Iterable[Event]) -> None:
        """Hold `events`."""
        self._events.extend(events)
        self.used = monotonic()

    def next(self) -> Event | None:
        """The next event; None at the end, or when the page was taken away."""
        self.used = monotonic()
        return self._events.popleft() if self._events else None

    def take_away(self) -> None:
        """Forget the events."""
        self._events.clear()
        self.taken_away = True


class ReplayPages:
    """The pages of all replays of this process."""

    def __init__(self, most: int = MOST_PAGES, idle_seconds: float = IDLE_SECONDS) -> None:
        self.fetching = asyncio.Semaphore(MOST_FETCHES)
        self._room = asyncio.Semaphore(most)
        self._pace = asyncio.Lock()
        self._idle_seconds = idle_seconds
        self._held: dict[ReplayPage, None] = {}

    @property
    def held(self) -> int:
        """How many pages there are."""
        return len(self._held)

    async def hold(self) -> ReplayPage:
        """Memory for a page, to be given back by `release`. Waits for others to finish theirs, or to stop reading."""
        while True:
            try:
                async with asyncio.timeout(self._idle_seconds):
                    await self._room.acquire()
                break
            except TimeoutError:
                self._take_one_away()
        page = ReplayPage()
        self._held[page] = None
        return page

    def release(self, page: ReplayPage) -> None:
        """Give the memory back; a second time changes nothing."""
        if page in self._held:
            del self._held[page]
            self._room.release()

    async def pace(self) -> None:
        """Wait for one's turn among all replays: between two events of them, everything else that is ready runs."""
        async with self._pace:
            await asyncio.sleep(0)

    def _take_one_away(self) -> None:
        idle = min(self._held, key=lambda page: page.used, default=None)
        if idle is not None and monotonic() - idle.used >= self._idle_seconds:
            idle.take_away()
            self.release(idle)


class SocketReader:
    """The readers of the subscriptions on one socket. They take turns, and replay one at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._replay = asyncio.Lock()

    async def take_turn(self) -> None:
        """Wait until no other subscription has a message on its way; to be ended by `end_turn`."""
        await self._turn.acquire()

    def end_turn(self) -> None:
        """The message has been sent."""
        self._turn.release()

    async def begin_replay(self) -> None:
        """Wait until no other subscription holds a page; to be ended by `end_replay`."""
        await self._replay.acquire()

    def end_replay(self) -> None:
        """No page is held any more."""
        self._replay.release()
