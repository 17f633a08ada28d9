"""The sender: when which message goes to which receiver. A receiver that hangs costs its own organization alone.

**Order.** Messages about one alert reach a receiver in order: `alert.resolved` is sent after `alert.raised` was
delivered or given up, across retries, restarts and processes. Messages about other alerts do not wait for them: a
receiver that cannot digest one alert still gets the others. After a message was given up (ten attempts, about a day;
after three days in any case) the next about its alert is sent all the same: each carries the whole alert, and a
receiver that processed a message without answering in time would otherwise never learn of the end.

**Neighbours.** At most one attempt at a time per receiver. Receivers are served in two lanes, each with its own slots,
of which one organization has a few; it is served before those that have more in flight, or more slow receivers:

* *prompt*: who answered within `PROMPT.seconds` last time, and who is new. An attempt lasts no longer than that.
* *slow*: who did not. Attempts may take `SLOW.seconds`; whoever answers promptly again goes back.

So a receiver that hangs takes a slot of the prompt lane once, for two seconds; later it competes with other slow
receivers only. A receiver whose attempts fail is paused, ever longer, five minutes at most. A visit to a receiver lasts
about as long as one attempt may; then others have theirs.

Several processes share the work: who leases a receiver holds it for longer than an attempt can last, so that another
goes on where a process died. The receiver may get a message twice then, under the same id.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import asyncpg

from goldenthread.contracts.entities import Id
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.observability.failures import is_away, log_unforeseen, raise_if_cancelled
from goldenthread.runtime.postgres.database import Pool
from services.notifications.webhooks import delivery_store as store
from services.notifications.webhooks.delivery_span import delivery_span, end_delivery_span
from services.notifications.webhooks.delivery_store import DeliveryUpdate, Lane, Message, ReceiverLease
from services.notifications.webhooks.sender import AttemptResult, Sender
from services.notifications.webhooks.webhook_secrets import WebhookCipher

log = logging.getLogger(__name__)

ATTEMPTS = 10
PROMPT = Lane(slots=256, per_organization=4, seconds=2.0)
SLOW = Lane(slots=64, per_organization=2, seconds=10.0)
_GROWTH = 4
_LONGEST = 6 * 3600.0
_LONGEST_OF_RECEIVER = 300.0
_SWEEP_SECONDS = 1.0
_FORGET_SECONDS = 3600.0
_OUTCOMES = ("delivered", "failed", "given_up", "disabled")
_CLAIM_PAUSE = 4
"""After a claim passes so many times what it took before the next: claims take at most a fifth of the time."""


class DeliveryLoop:
    """The sender of one process. `run` until cancelled; `wake` when something was written."""

    def __init__(
        self,
        pool: Pool,
        cipher: WebhookCipher,
        sender: Sender,
        first_pause: float,
        prompt: Lane = PROMPT,
        slow: Lane = SLOW,
    ) -> None:
        self._pool, self._cipher, self._sender, self._first_pause = pool, cipher, sender, first_pause
        self._prompt, self._slow = prompt, slow
        self._woken = asyncio.Event()
        self._visits: dict[asyncio.Task[None], ReceiverLease] = {}
        for word in _OUTCOMES:
            metrics.DELIVERIES.add(0, {"outcome": word})

    def wake(self) -> None:
        """Wake the sender: there may be something to deliver."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver until cancelled. A database that is away is asked again."""
        forget_at = 0.0
        try:
            while True:
                self._woken.clear()
                started = time.monotonic()
                try:
                    await self._lease()
                    if started >= forget_at:
                        await store.delete_old(self._pool)
                        forget_at = started + _FORGET_SECONDS
                except Exception as error:
                    raise_if_cancelled(error)
                    if not is_away(error):
                        raise
                    log.warning("deliveries will be tried again: %s: %s", type(error).__name__, error)
                await asyncio.sleep(min(_CLAIM_PAUSE * (time.monotonic() - started), _SWEEP_SECONDS))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_SWEEP_SECONDS):
                        await self._woken.wait()
        finally:
            for task in self._visits:
                task.cancel()
            await asyncio.gather(*self._visits, return_exceptions=True)

    async def _lease(self) -> None:
        """Lease as many receivers with something due as there are free slots, and visit each."""
        running: Counter[tuple[Id, bool]] = Counter((each.organization, each.slow) for each in self._visits.values())
        for lease in await store.lease_receivers(self._pool, self._cipher, self._prompt, self._slow, running):
            task = asyncio.create_task(self._visit(lease), name=f"deliver {lease.webhook.id}")
            self._visits[task] = lease
            task.add_done_callback(self._visited)

    def _visited(self, task: asyncio.Task[None]) -> None:
        lease = self._visits.pop(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            message = f"a visit of webhook {lease.webhook.id} ended"
            log_unforeseen("deliveries", message, error, organization=lease.organization)
        self.wake()

    async def _visit(self, lease: ReceiverLease) -> None:
        """Send what is due to one receiver, until nothing is, an attempt fails, it changes lanes, or its time is up."""
        lane = self._slow if lease.slow else self._prompt
        ends = time.monotonic() + lane.seconds
        failures, slow, pause = lease.failures, lease.slow, self._first_pause
        try:
            while (message := await self._next(lease, lane)) is not None:
                began = time.monotonic()
                with delivery_span(lease, message) as span:
                    outcome = await self._sender.send(lease.webhook, message.id, message.body, lane.seconds)
                    end_delivery_span(span, outcome)
                slow = time.monotonic() - began >= self._prompt.seconds
                failures = 0 if outcome.delivered else failures + 1
                await self._end(lease, message, outcome)
                pause = pause_of_receiver(failures, self._first_pause) if failures else 0.0
                if failures or slow is not lease.slow or time.monotonic() > ends:
                    break
            await store.release(self._pool, lease, timedelta(seconds=pause), failures, slow)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("webhook %s will be visited again: %s: %s", lease.webhook.id, type(error).__name__, error)

    async def _next(self, lease: ReceiverLease, lane: Lane) -> Message | None:
        """The next message, unless reading it took so long that the receiver may soon be somebody else's."""
        asked = time.monotonic()
        message = await store.next_message(self._pool, lease, lane.hold)
        return message if time.monotonic() < asked + lane.hold.total_seconds() - lane.seconds else None

    async def _end(self, lease: ReceiverLease, message: Message, outcome: AttemptResult) -> None:
        """Write down what became of an attempt, and count it."""
        pause = 0.0
        if outcome.delivered:
            state, word = "DELIVERED", "delivered"
        elif outcome.gone or message.attempt >= ATTEMPTS:
            state, word = "GIVEN_UP", "disabled" if outcome.gone else "given_up"
        else:
            state, word = "PENDING", "failed"
            pause = pause_after(message.attempt, self._first_pause)
        await store.update_delivery(
            self._pool, lease, message, DeliveryUpdate(state, outcome.problem, timedelta(seconds=pause))
        )
        metrics.DELIVERIES.add(1, {"outcome": word})
        if not outcome.delivered:
            what = (lease.webhook.id, message.attempt, message.id, word, outcome.problem)
            log.warning("webhook %s, attempt %d of %s %s: %s", *what)
        if outcome.gone:
            await store.disable(self._pool, lease, outcome.problem)


def pause_after(attempts: int, first: float) -> float:
    """Seconds to the next attempt: four times as long each time, six hours at most, a fifth more or less by chance."""
    return _pause(attempts, first, _LONGEST)


def pause_of_receiver(failures: int, first: float) -> float:
    """Seconds in which a receiver gets nothing after so many failures in a row: the same, five minutes at most."""
    return _pause(failures, first, _LONGEST_OF_RECEIVER)


def _pause(times: int, first: float, longest: float) -> float:
    pause: float = min(first * _GROWTH ** min(times - 1, 20), longest)
    return pause * random.uniform(0.8, 1.2)
