"""Brings single organizations up to date from their upstreams, in bounded tasks of their own, while others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.observability.tracing import create_untraced_task

Work = Callable[[str, bool], Awaitable[bool]]
"""(organization, asked for or only waiting for another stream) → is it up to date?"""

HURRIED_AFTER = 1.0
"""Seconds between two attempts, at least, where new reasons come faster."""


class _Pause:
    """Before another attempt: when it began, and an event that ends it."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.ended = asyncio.Event()


class Repairs:
    """At most one task per organization, at most `width` at work; what did not succeed is tried again, ever slower.

    `consumer` is named in the log where an error was not foreseen. `pause_before` says how many seconds to wait before
    a repair begins: not before another attempt at the same, which has its own pauses.
    """

    def __init__(
        self,
        work: Work,
        *,
        width: int,
        patience: float,
        slowest: float,
        consumer: str = "projection",
        pause_before: Callable[[str], float] | None = None,
    ) -> None:
        self._work = work
        self._gate = asyncio.Semaphore(width)
        self._patience = patience
        self._slowest = slowest
        self._consumer = consumer
        self._pause_before = pause_before
        self._wanted: dict[str, bool] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._pauses: dict[str, _Pause] = {}
        """Organizations that wait for another attempt."""
        self._attempted = asyncio.Event()
        """Set, and replaced, whenever an attempt ended."""

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, organization: str) -> bool:
        return organization in self._tasks

    def organizations(self) -> list[str]:
        """The organizations that are being repaired."""
        return list(self._tasks)

    def request(self, organization: str, *, waiting: bool = False) -> None:
        """Repair an organization now; with `waiting`, a little later and only if it still waits for another stream."""
        self._wanted[organization] = self._wanted.get(organization, False) or not waiting
        if organization not in self._tasks:
            self._tasks[organization] = create_untraced_task(self._run(organization), f"repair {organization}")

    async def attempt(self, organization: str) -> None:
        """Repair an organization without a pause, and wait until one attempt has ended, whether it succeeded or not."""
        self.request(organization)
        self.retry_now(organization)
        while self.is_at_work(organization):
            await self._attempted.wait()

    def cancel(self, organizations: Iterable[str]) -> None:
        """Stop repairing these organizations."""
        for organization in organizations:
            self._wanted.pop(organization, None)
            self._pauses.pop(organization, None)
            if (task := self._tasks.pop(organization, None)) is not None:
                task.cancel()
        self._tell()

    def hurry(self, organization: str) -> None:
        """There is a new reason to repair an organization: end the pause before another attempt, if it has lasted for
        `HURRIED_AFTER` seconds. So an upstream that is away is not asked once for each event.
        """
        now = asyncio.get_running_loop().time()
        if (pause := self._pauses.get(organization)) is not None and now - pause.began >= HURRIED_AFTER:
            self.retry_now(organization)

    def retry_now(self, organization: str | None = None) -> None:
        """End the pause before another attempt: of this organization, or (an upstream that was away is back) of all."""
        for each in list(self._pauses) if organization is None else [organization]:
            if (pause := self._pauses.pop(each, None)) is not None:
                pause.ended.set()

    async def until_repaired(self) -> None:
        """Wait until nothing is being repaired."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    @property
    def at_work(self) -> bool:
        """Whether something is being repaired that does not wait for another attempt."""
        return any(self.is_at_work(organization) for organization in self._tasks)

    def is_at_work(self, organization: str) -> bool:
        """Whether an organization is being repaired and does not wait for another attempt."""
        return organization in self._tasks and organization not in self._pauses

    async def until_attempted(self) -> None:
        """Wait until nothing is being repaired but what waits for another attempt."""
        while self.at_work:
            await self._attempted.wait()

    async def _try(self, organization: str, asked: bool) -> bool:
        """Whether it is up to date; an error that nobody foresaw is one more attempt that did not succeed."""
        async with self._gate:
            try:
                return await self._work(organization, asked)
            except Exception as error:
                message = f"{organization} was not repaired; it is tried again"
                log_unforeseen(self._consumer, message, error, organization=organization)
                return False

    async def _run(self, organization: str) -> None:
        delay = self._patience
        try:
            done = True
            while organization in self._wanted:
                if not self._wanted[organization]:
                    await asyncio.sleep(self._patience)
                if done and self._pause_before is not None:
                    await asyncio.sleep(self._pause_before(organization))
                asked = self._wanted.pop(organization)
                done = await self._try(organization, asked)
                if not done:
                    self._wanted[organization] = True
                    delay = self._patience if await self._paused(organization, delay) else min(2 * delay, self._slowest)
        finally:
            if self._tasks.get(organization) is asyncio.current_task():
                del self._tasks[organization]
                self._tell()

    async def _paused(self, organization: str, delay: float) -> bool:
        """Wait before another attempt; True when the pause was ended early (`retry_now`)."""
        pause = self._pauses[organization] = _Pause(asyncio.get_running_loop().time())
        self._tell()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await pause.ended.wait()
        finally:
            if self._pauses.get(organization) is pause:
                del self._pauses[organization]
        return pause.ended.is_set()

    def _tell(self) -> None:
        self._attempted.set()
        self._attempted = asyncio.Event()
