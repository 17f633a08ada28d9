"""Bringing single organizations up to date from their upstreams, in bounded tasks of their own, while others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from goldenthread.runtime.observability.failures import log_unforeseen

Work = Callable[[str, bool], Awaitable[bool]]
"""(organization, asked for or only waiting for another stream) → is it up to date?"""


class Repairs:
    """At most one task per organization, at most `width` at work; what did not succeed is tried again, ever slower."""

    def __init__(self, work: Work, *, width: int, patience: float, slowest: float) -> None:
        self._work = work
        self._gate = asyncio.Semaphore(width)
        self._patience = patience
        self._slowest = slowest
        self._wanted: dict[str, bool] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._hurried = asyncio.Event()

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, organization: str) -> bool:
        return organization in self._tasks

    def organizations(self) -> list[str]:
        """Those being repaired."""
        return list(self._tasks)

    def request(self, organization: str, *, waiting: bool = False) -> None:
        """Repair an organization now; with `waiting`, a little later and only if it still waits for another stream."""
        self._wanted[organization] = self._wanted.get(organization, False) or not waiting
        if organization not in self._tasks:
            self._tasks[organization] = asyncio.create_task(self._run(organization), name=f"repair {organization}")

    def cancel(self, organizations: Iterable[str]) -> None:
        """Stop repairing these."""
        for organization in organizations:
            self._wanted.pop(organization, None)
            if (task := self._tasks.pop(organization, None)) is not None:
                task.cancel()

    def retry_now(self) -> None:
        """Whatever waits for another attempt makes it now: an upstream that was away is back."""
        self._hurried.set()
        self._hurried = asyncio.Event()

    async def until_repaired(self) -> None:
        """Wait until nothing is being repaired."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def _try(self, organization: str, asked: bool) -> bool:
        """Whether it is up to date; an error that nobody foresaw is one more attempt that did not succeed."""
        async with self._gate:
            try:
                return await self._work(organization, asked)
            except Exception as error:
                message = f"{organization} was not repaired; it is tried again"
                log_unforeseen("projection", message, error, organization=organization)
                return False

    async def _run(self, organization: str) -> None:
        delay = self._patience
        try:
            if not self._wanted.get(organization):
                await asyncio.sleep(delay)
            while (asked := self._wanted.pop(organization, None)) is not None:
                done = await self._try(organization, asked)
                if not done:
                    self._wanted[organization] = True
                    hurried = self._hurried
                    with suppress(TimeoutError):
                        async with asyncio.timeout(delay):
                            await hurried.wait()
                    delay = self._patience if hurried.is_set() else min(2 * delay, self._slowest)
        finally:
            if self._tasks.get(organization) is asyncio.current_task():
                del self._tasks[organization]
