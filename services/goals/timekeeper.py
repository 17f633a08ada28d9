"""The one clock of the system: says in events what time means. Nobody else runs timers."""

from __future__ import annotations

import asyncio
import logging

import asyncpg

from goldenthread.runtime.clock import Clock
from goldenthread.runtime.database import Pool
from services.goals import store, timers
from services.goals.handlers import Goals

log = logging.getLogger(__name__)

_PAUSE = 1.0
_FORGET_EVERY = 3600


async def run(pool: Pool, goals: Goals, now: Clock) -> None:
    """Announce what is due, every second, until cancelled. Several processes may: each timer is said once."""
    rounds = 0
    while True:
        try:
            for organization in await timers.organizations_due(pool, now()):
                while await goals.tick(organization):
                    pass
            if rounds % _FORGET_EVERY == 0:
                await store.forget_answers(pool)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("the clock will try again: %s: %s", type(error).__name__, error)
        rounds += 1
        await asyncio.sleep(_PAUSE)
