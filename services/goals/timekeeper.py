"""The one clock of the system: it announces in events what has become due. No other process runs timers.

Organizations take turns. One whose clock raises is quarantined: its clock stands still and is tried again with growing
pauses, so that it goes on by itself once what was wrong is mended; the clocks of the others run meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from goldenthread.contracts.entities import Id
from goldenthread.runtime.clock import Clock
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.observability import failures, metrics
from goldenthread.runtime.postgres.database import Pool
from services.goals.handlers import Goals
from services.goals.imports import run_progress
from services.goals.stores import timers_store

log = logging.getLogger(__name__)

_REST = 1.0
"""Seconds between two rounds, unless there is more to say."""
_FORGET_EVERY = 3600
_TURN = 20
"""Ticks of one organization before the others have their turn."""


class Pauses:
    """Organizations whose clock has a pause, and for how long. Seconds of this process, which no clock moves."""

    def __init__(self, first: float = 5.0, longest: float = 600.0, now: Callable[[], float] = monotonic) -> None:
        self._first, self._longest, self._now = first, longest, now
        self._until: dict[Id, float] = {}
        self._length: dict[Id, float] = {}
        self.quarantined: set[Id] = set()
        """Those of them whose clock raised: the others wait for something that was away."""

    @property
    def now(self) -> list[Id]:
        """The organizations that have a pause now."""
        at = self._now()
        return [organization for organization, until in self._until.items() if until > at]

    @property
    def over(self) -> list[Id]:
        """Those whose pause is over, and who have not been tried since."""
        return [organization for organization in self._until if organization not in self.now]

    def quarantine(self, organization: Id) -> float:
        """Its clock raised: how long it has a pause, each time twice as long."""
        self.quarantined.add(organization)
        return self._longer(organization, self._longest)

    def wait(self, organization: Id) -> float:
        """The same, and shorter, where something that it needs was away: others go first meanwhile."""
        return self._longer(organization, min(6 * self._first, self._longest))

    def end(self, organization: Id) -> None:
        """Its clock runs."""
        self.quarantined.discard(organization)
        self._until.pop(organization, None)
        self._length.pop(organization, None)

    def _longer(self, organization: Id, longest: float) -> float:
        length = min(2 * self._length.get(organization, self._first / 2), longest)
        self._length[organization], self._until[organization] = length, self._now() + length
        return length


class Timekeeper:
    """Lets `goals` tick. Several processes may: each timer is announced once."""

    def __init__(self, pool: Pool, goals: Goals, now: Clock, pauses: Pauses | None = None, rest: float = _REST) -> None:
        self._pool, self._goals, self._now, self._rest = pool, goals, now, rest
        self.pauses = pauses or Pauses()
        self._last: datetime | None = None
        metrics.CLOCKS.follow(lambda: len(self.pauses.quarantined))

    async def run(self) -> None:
        """Announce what is due, every second, until cancelled. A database that is away is asked again."""
        rounds = 0
        while True:
            more = False
            try:
                more = await self.round()
                if rounds % _FORGET_EVERY == 0:
                    await answers_store.delete_expired(self._pool)
                    await run_progress.forget(self._pool)
            except Exception as error:
                failures.raise_if_cancelled(error)
                if not failures.is_away(error):
                    raise
                log.warning("the clock will try again: %s: %s", type(error).__name__, error)
            rounds += 1
            await asyncio.sleep(0 if more else self._rest)

    async def round(self) -> bool:
        """Every organization that has something due ticks once, some may more often; True when there is more now.

        Raises what says that the database is away.
        """
        now = self._now()
        if self._last is None or now.date() < self._last.date():
            await self._come_back(now)
        self._last = now
        due = await timers_store.organizations_due(self._pool, now, self.pauses.now)
        if len(due) < timers_store.MOST_DUE:
            for organization in set(self.pauses.over).difference(due):  # another process said what was due
                self._runs(organization)
        more = [await self._tick(organization) for organization in due]
        return any(more)

    async def _come_back(self, now: datetime) -> None:
        """A clock was ahead, perhaps that of another process: let organizations tick in which it announced something
        too early.
        """
        ahead = await timers_store.organizations_ahead(self._pool, now)
        if ahead:
            log.warning("the clock was ahead of %s: looking at %d organizations again", now.isoformat(), len(ahead))
        for organization in ahead:
            while await self._tick(organization):
                pass

    async def _tick(self, organization: Id) -> bool:
        """Let one organization tick; True when there is more to say."""
        more = True
        try:
            for _ in range(_TURN):
                more = await self._goals.tick(organization)
                if not more:
                    break
        except Exception as error:
            if failures.is_away(error):
                self.pauses.wait(organization)
                raise
            self._quarantine(organization, error)
            return False
        self._runs(organization)
        return more

    def _runs(self, organization: Id) -> None:
        if organization in self.pauses.quarantined:
            log.warning("the clock of %s runs again", organization, extra={"organization": organization})
        self.pauses.end(organization)

    def _quarantine(self, organization: Id, error: Exception) -> None:
        pause = self.pauses.quarantine(organization)
        message = f"the clock of {organization} is quarantined and tried again in {pause:g} seconds"
        failures.log_unforeseen("clock", message, error, organization=organization)
