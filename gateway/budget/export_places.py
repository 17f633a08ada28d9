"""Who may have an export made now: so many in this process, and one of an organization at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from goldenthread.contracts.entities import Id

RETRY_AFTER = 60
"""Seconds after which it makes sense to ask again."""


class NoPlaceForExport(Exception):
    """No place is free for an export; the message says why, and what to do."""


class ExportPlaces:
    """The places for exports of a process: `most` at once, of which an organization has one.

    An organization that is slow, or asks again and again, keeps nobody else's from being made: whoever comes first gets
    the next place, and waits for it at most `patience` seconds.
    """

    def __init__(self, most: int = 4, patience: float = 30.0) -> None:
        self._room, self._patience = asyncio.Semaphore(most), patience
        self._busy: set[Id] = set()

    @asynccontextmanager
    async def place(self, organization: Id) -> AsyncIterator[None]:
        """A place for an export of this organization, while the block lasts. Raises `NoPlaceForExport`."""
        if organization in self._busy:
            raise NoPlaceForExport("An export of your organization is being made. Try again when it has ended.")
        self._busy.add(organization)
        try:
            await self._wait()
            try:
                yield
            finally:
                self._room.release()
        finally:
            self._busy.discard(organization)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._room.acquire()
        except TimeoutError as error:
            message = "No place is free: exports of other organizations are being made. Try again in a minute."
            raise NoPlaceForExport(message) from error
