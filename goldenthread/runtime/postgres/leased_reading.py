"""What one of several processes reads from their database again and again, to show it among its metrics.

The figures are those of a whole database, so one process shows them: the one that holds the lease. Scrapes read what
was read last, and ask the database nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

from goldenthread.runtime.observability.failures import is_away, log_unforeseen, raise_if_cancelled
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.postgres.lease import Lease

log = logging.getLogger(__name__)

T = TypeVar("T")


class ReadingPace(NamedTuple):
    """How often the database is read, in seconds."""

    pause: float = 10.0
    """Between two renewals of the lease, and between two readings that are quick."""
    lease: float = 60.0
    """After which another process takes over from one that crashed."""
    longest: float = 40.0
    """A reading that takes longer is given up. It is less than the lease, so that the lease can be renewed."""
    rest: float = 50.0
    """The pause after a reading is this many times as long as the reading, so it takes 2 % of the time at most."""
    given_up: float = 10.0
    """The pause after a reading that was given up is this many times `longest`. It is less than `rest`, because the
    database may only have been away.
    """
    good_for: float = 3.0
    """What was read is shown for so many pauses, if it cannot be read again."""


class LeasedReading(Generic[T]):
    """The last result of `read`, in the process that holds the lease `name`. `run` until cancelled."""

    def __init__(
        self, pool: Pool, name: str, read: Callable[[], Awaitable[T]], pace: ReadingPace = ReadingPace()
    ) -> None:
        self._name, self._read, self._pace = name, read, pace
        self._lease = Lease(pool, name, pace.lease)
        self._value: T | None = None
        self._due = self._good_until = 0.0

    @property
    def value(self) -> T | None:
        """What was read last; None in a process without the lease, and where it is too old to be shown."""
        return self._value if self._lease.held and monotonic() < self._good_until else None

    async def run(self) -> None:
        """Read as long as this process has the lease. Errors are logged, and it is tried again: figures must not stop
        the process.
        """
        try:
            while True:
                try:
                    await self._turn()
                except Exception as error:
                    raise_if_cancelled(error)
                    if is_away(error):
                        log.warning("%s are read again: %s: %s", self._name, type(error).__name__, error)
                    else:
                        log_unforeseen("figures", f"{self._name} could not be read", error)
                await asyncio.sleep(self._pace.pause)
        finally:
            with suppress(Exception):
                await self._lease.release()

    async def _turn(self) -> None:
        if not await self._lease.renew():
            self._value, self._due = None, 0.0
            return
        began = monotonic()
        if began < self._due:
            return
        try:
            async with asyncio.timeout(self._pace.longest) as limit:
                value = await self._read()
        finally:
            if limit.expired():
                self._due = monotonic() + self._pace.given_up * self._pace.longest
        ended = monotonic()
        rest = max(self._pace.pause, self._pace.rest * (ended - began))
        self._value, self._due, self._good_until = value, began + rest, ended + self._pace.good_for * rest
