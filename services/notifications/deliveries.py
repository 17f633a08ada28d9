"""Sends what is to be delivered, webhook by webhook, in order; what fails is tried again, ever later, then given up.

Several processes share the work: who takes a webhook holds it for a moment longer than an attempt can last, so that
another goes on where a process died. The receiver may get a message twice then, under the same id.
"""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import suppress
from datetime import timedelta

import asyncpg
from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.secret import Secret
from goldenthread.runtime import metrics
from goldenthread.runtime.database import Pool
from services.notifications import said
from services.notifications.sender import Outcome, Sender
from services.notifications.webhooks import Webhook

log = logging.getLogger(__name__)

ATTEMPTS = 10
_GROWTH = 4
_LONGEST = 6 * 3600.0
_HELD = timedelta(seconds=15)
_AT_ONCE = 16
_SWEEP_SECONDS = 1.0
_FORGET_EVERY = 3600

_TAKE = """
    UPDATE webhooks SET busy_until = now() + $1 WHERE (organization, id) IN (
        SELECT w.organization, w.id FROM webhooks w WHERE w.busy_until <= now() AND w.disabled_at IS NULL AND EXISTS (
            SELECT FROM deliveries d WHERE d.organization = w.organization AND d.webhook = w.id
            AND d.state = 'PENDING' AND d.due_at <= now())
        ORDER BY w.busy_until LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING organization, id, url, unit, secret
"""
_NEXT = """
    UPDATE deliveries SET attempts = attempts + 1 WHERE (organization, webhook, message) IN (
        SELECT organization, webhook, message FROM deliveries WHERE organization = $1 AND webhook = $2
        AND state = 'PENDING' AND due_at <= now() ORDER BY number LIMIT 1)
    RETURNING message, body, attempts
"""
_DONE = """
    UPDATE deliveries SET state = $4, problem = $5, due_at = now() + $6, changed_at = now()
    WHERE organization = $1 AND webhook = $2 AND message = $3
"""


class Task(Struct, frozen=True):
    """A webhook that is ours for a moment."""

    organization: Id
    webhook: Webhook


class Deliveries:
    """The sender of one process. `run` until cancelled; `wake` when something was written."""

    def __init__(self, pool: Pool, sender: Sender, first_pause: float) -> None:
        self._pool, self._sender, self._first_pause = pool, sender, first_pause
        self._woken = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be something to deliver."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until cancelled. Trouble with the database is logged and tried again."""
        rounds = 0
        try:
            while True:
                self._woken.clear()
                try:
                    await self._take()
                    if rounds % _FORGET_EVERY == 0:
                        await self._forget()
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                    log.warning("deliveries will be tried again: %s: %s", type(error).__name__, error)
                rounds += 1
                with suppress(TimeoutError):
                    async with asyncio.timeout(_SWEEP_SECONDS):
                        await self._woken.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self) -> None:
        """Take as many webhooks with something due as there is room for."""
        room = _AT_ONCE - len(self._tasks)
        for row in await self._pool.fetch(_TAKE, _HELD, room) if room > 0 else []:
            webhook = Webhook(row["id"], row["url"], row["unit"], Secret(row["secret"]))
            task = asyncio.create_task(self._serve(Task(row["organization"], webhook)), name=f"deliver {webhook.id}")
            self._tasks.add(task)
            task.add_done_callback(self._served)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.wake()

    async def _serve(self, task: Task) -> None:
        """Deliver what is due to one webhook, until nothing is, or something fails: then others have their turn."""
        pause = 0.0
        try:
            while pause == 0.0 and (row := await self._pool.fetchrow(_NEXT, task.organization, task.webhook.id)):
                await self._hold(task, _HELD)
                outcome = await self._sender.send(task.webhook, row["message"], row["body"])
                pause = await self._note(task, row["message"], row["attempts"], outcome)
            await self._hold(task, timedelta(seconds=min(pause, self._first_pause)))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("webhook %s will be taken again: %s: %s", task.webhook.id, type(error).__name__, error)

    async def _note(self, task: Task, message: str, attempts: int, outcome: Outcome) -> float:
        """Write down what became of an attempt; how long to wait before the next one."""
        pause = 0.0
        if outcome.delivered:
            state, word = "DELIVERED", "delivered"
        elif outcome.gone or attempts >= ATTEMPTS:
            state, word = "GIVEN_UP", "disabled" if outcome.gone else "given_up"
        else:
            state, word = "PENDING", "failed"
            pause = pause_after(attempts, self._first_pause)
        where = (task.organization, task.webhook.id)
        await self._pool.execute(_DONE, *where, message, state, outcome.problem, timedelta(seconds=pause))
        metrics.DELIVERIES.labels(word).inc()
        if not outcome.delivered:
            log.warning("webhook %s, attempt %d of %s %s: %s", where[1], attempts, message, word, outcome.problem)
        if outcome.gone:
            await self._disable(task, outcome.problem)
        return pause

    async def _disable(self, task: Task, problem: str | None) -> None:
        where = (task.organization, task.webhook.id)
        await self._pool.execute("UPDATE webhooks SET disabled_at = now() WHERE organization = $1 AND id = $2", *where)
        await self._pool.execute(
            """UPDATE deliveries SET state = 'GIVEN_UP', problem = $3, changed_at = now()
               WHERE organization = $1 AND webhook = $2 AND state = 'PENDING'""",
            *where,
            problem,
        )

    async def _hold(self, task: Task, time: timedelta) -> None:
        await self._pool.execute(
            "UPDATE webhooks SET busy_until = now() + $3 WHERE organization = $1 AND id = $2",
            task.organization,
            task.webhook.id,
            time,
        )

    async def _forget(self) -> None:
        """Forget answers and finished deliveries older than thirty days."""
        await said.forget_answers(self._pool)
        await self._pool.execute(
            "DELETE FROM deliveries WHERE state <> 'PENDING' AND changed_at < now() - interval '30 days'"
        )


def pause_after(attempts: int, first: float) -> float:
    """Seconds to the next attempt: four times as long each time, six hours at most, a fifth more or less by chance."""
    pause: float = min(first * _GROWTH ** (attempts - 1), _LONGEST)
    return pause * random.uniform(0.8, 1.2)
