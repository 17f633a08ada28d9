"""Who may have an export made now: so many in this process, and one of an organization at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from gateway.budget.quotas import AT_ONCE, Quota, QuotaState, partition_key
from goldenthread.contracts.entities import Id

log = logging.getLogger(__name__)

RETRY_AFTER = 60
"""Seconds after which it makes sense to ask again."""
LEAST_SPEED = 256 * 1024
"""Bytes a second: who reads more slowly may lose its place while others wait for one."""
GRACE = 20.0
"""Seconds for which an export has waited for its reader before it can lose its place. It is less than others wait."""
MOST = 4
"""Exports of all organizations that are made at once in this process."""
OF_ONE = Quota("exports-of-an-organization-per-replica", 1, AT_ONCE)


class NoPlaceForExport(Exception):
    """No place is free for an export; the message says why, and what to do, and `state` which quota is used up."""

    def __init__(self, message: str, state: QuotaState) -> None:
        super().__init__(message)
        self.state = state


class ExportPlace:
    """The place of one export, and how fast it is read: the time in which the export itself is made does not count.

    `now`: seconds of the event loop.
    """

    def __init__(self, organization: Id, now: Callable[[], float]) -> None:
        self.organization, self._now = organization, now
        self.is_taken_away = False
        self._bytes, self._waited = 0, 0.0
        self._sending_since: float | None = None
        self._limit = asyncio.timeout(None)

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """As long as the export is sent. Raises `TimeoutError` in the block when the place is taken away."""
        async with self._limit:
            yield

    async def send(self, sending: Awaitable[None], size: int) -> None:
        """Send a portion of `size` bytes."""
        self._sending_since = self._now()
        try:
            await sending
            self._bytes += size
        finally:
            self._waited = self.waited
            self._sending_since = None

    @property
    def waited(self) -> float:
        """Seconds that the export has waited for its reader."""
        return self._waited + (0.0 if self._sending_since is None else self._now() - self._sending_since)

    @property
    def speed(self) -> float:
        """Bytes a second of this waiting."""
        return self._bytes / max(self.waited, 0.001)

    @property
    def is_slow(self) -> bool:
        """Whether it may lose its place to others."""
        return self.waited >= GRACE and self.speed < LEAST_SPEED

    def take_away(self) -> None:
        """Break the export off."""
        self.is_taken_away = True
        self._limit.reschedule(self._now())


class ExportPlaces:
    """The places for exports of a process: `most` at once, of which an organization has one.

    An organization that is slow, or asks again and again, keeps nobody else's from being made: whoever comes first gets
    the next place, and waits for it at most `patience` seconds. While somebody waits, the slowest reader loses its
    place, if it is slower than `LEAST_SPEED`: every `look` seconds it is looked who that is.
    """

    def __init__(self, most: int = MOST, patience: float = 30.0, look: float = 1.0) -> None:
        self._room, self._patience, self._look = asyncio.Semaphore(most), patience, look
        self._all = Quota("exports-per-replica", most, AT_ONCE)
        self._busy: set[Id] = set()
        self._held: set[ExportPlace] = set()
        self._waiting = 0

    @asynccontextmanager
    async def place(self, organization: Id) -> AsyncIterator[ExportPlace]:
        """A place for an export of this organization, while the block lasts. Raises `NoPlaceForExport`."""
        if organization in self._busy:
            message = "An export of your organization is being made by this replica. Try again when it has ended."
            raise NoPlaceForExport(message, QuotaState(OF_ONE, 0, partition_key(organization), RETRY_AFTER))
        self._busy.add(organization)
        try:
            await self._wait()
            place = ExportPlace(organization, asyncio.get_running_loop().time)
            self._held.add(place)
            try:
                yield place
            finally:
                self._held.discard(place)
                self._room.release()
        finally:
            self._busy.discard(organization)

    async def _wait(self) -> None:
        if not self._room.locked():
            await self._room.acquire()
            return
        self._waiting += 1
        looking = asyncio.create_task(self._take_from_the_slow(), name="places of slow exports")
        try:
            async with asyncio.timeout(self._patience):
                await self._room.acquire()
        except TimeoutError as error:
            message = "No place is free: exports of other organizations are being made. Try again in a minute."
            raise NoPlaceForExport(message, QuotaState(self._all, 0, retry_after=RETRY_AFTER)) from error
        finally:
            self._waiting -= 1
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking

    async def _take_from_the_slow(self) -> None:
        while True:
            slow = [place for place in self._held if place.is_slow and not place.is_taken_away]
            if slow and sum(place.is_taken_away for place in self._held) < self._waiting:
                slowest = min(slow, key=lambda place: place.speed)
                log.info("the export of %s is read at %.0f B/s and breaks off", slowest.organization, slowest.speed)
                slowest.take_away()
            await asyncio.sleep(self._look)
