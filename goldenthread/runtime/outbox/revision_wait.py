"""Waiting until a projection has folded a goals revision: woken by whoever saves it, in this process or in another.

All who wait for one organization share one reader of its head. It reads when somebody new waits, when a save was noted
(in memory by this process, by NOTIFY by others), and every now and then in any case. It ends with the last of them, so
nothing stays behind of an organization that does not exist.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from asyncpg import InterfaceError

from goldenthread.contracts.read_api import StreamPosition
from goldenthread.runtime.observability.failures import is_away, raise_if_cancelled
from goldenthread.runtime.observability.tracing import create_untraced_task
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Pool

log = logging.getLogger(__name__)

_FALLBACK = 0.25
"""The errors that a broken connection of a listener raises."""
_AGAIN = 1.0


class RevisionWaits:
    """Who waits for which organization of one database. `run` until cancelled, to hear of saves in other processes.

    In seconds: after `fallback` a head is read although no save was notified; `again` is the pause before a broken
    connection of the listener is opened again.
    """

    def __init__(self, pool: Pool, fallback: float = _FALLBACK, again: float = _AGAIN) -> None:
        self._pool, self._fallback, self._again = pool, fallback, again
        self._heads: dict[str, _RevisionReader] = {}

    def saved(self, organization: str) -> None:
        """A save of this organization was committed."""
        if (head := self._heads.get(organization)) is not None:
            head.moved.set()

    async def wait_for(self, organization: str, place: StreamPosition, seconds: float) -> bool:
        """Wait until the goals commit at `place` is folded, for `seconds` at most; whether it is.

        One that ends with another event, of a branch that a backup took back, is not it. Beyond `place`, only its
        number is compared: whoever asks compares what was folded last.
        """
        head = self._heads.get(organization)
        if head is None:
            head = self._heads[organization] = _RevisionReader()
            head.reader = create_untraced_task(self._read(organization, head), "head")
        head.waiting += 1
        head.moved.set()
        try:
            async with asyncio.timeout(seconds):
                await head.reached(place)
        except TimeoutError:
            return False
        finally:
            head.waiting -= 1
            if not head.waiting:
                del self._heads[organization]
                head.reader.cancel()
        return True

    async def run(self) -> None:
        """Listen for ever. Without a connection the heads are read every quarter of a second."""
        while True:
            try:
                await self._listen()
            except Exception as error:
                raise_if_cancelled(error)
                if not is_away(error):
                    raise
                log.warning("saves of other processes are not heard of: %s: %s", type(error).__name__, error)
            await asyncio.sleep(self._again)

    async def _listen(self) -> None:
        """Until the connection ends."""
        ended = asyncio.Event()
        async with self._pool.acquire() as connection:
            connection.add_termination_listener(lambda _: ended.set())
            await connection.add_listener(outbox.REVISION_CHANNEL, self._notified)
            try:
                await ended.wait()
            finally:
                with suppress(InterfaceError):  # the connection has ended, and its listeners with it
                    await connection.remove_listener(outbox.REVISION_CHANNEL, self._notified)

    def _notified(self, _connection: Any, _pid: int, _channel: str, organization: object) -> None:
        self.saved(str(organization))

    async def _read(self, organization: str, head: _RevisionReader) -> None:
        """Read the head whenever it may have moved; an error is that of all who wait."""
        try:
            while True:
                head.moved.clear()
                found = await outbox.head(self._pool, organization)
                head.read(StreamPosition(found.judged or 0, found.judged_id))
                await head.noted(self._fallback)
        except Exception as error:
            head.fail(error)


class _RevisionReader:
    """The goals revision that one organization is folded through, as last read, and those who wait for another."""

    reader: asyncio.Task[None]

    def __init__(self) -> None:
        self.waiting = 0
        self.moved = asyncio.Event()
        """The head may have moved, or a new caller waits for it: read it again."""
        self._judged = StreamPosition()
        self._next: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """A future that is done when the head was read again."""

    async def reached(self, place: StreamPosition) -> None:
        """Returns when the commit at `place` is folded; raises what reading the head raised."""
        while not _reaches(self._judged, place):
            await asyncio.shield(self._next)

    async def noted(self, seconds: float) -> None:
        """Returns when the head may have moved, after some seconds at the latest."""
        try:
            async with asyncio.timeout(seconds):
                await self.moved.wait()
        except TimeoutError:
            pass

    def read(self, judged: StreamPosition) -> None:
        """Take in the head that was read."""
        done, self._next = self._next, asyncio.get_running_loop().create_future()
        self._judged = judged
        done.set_result(None)

    def fail(self, error: Exception) -> None:
        """Pass on why the head cannot be read."""
        self._next.set_exception(error)
        self._next.exception()  # heard, also when the last of them has gone


def _reaches(judged: StreamPosition, place: StreamPosition) -> bool:
    if judged.sequence == place.sequence:
        return place.id is None or judged.id == place.id
    return judged.sequence > place.sequence
