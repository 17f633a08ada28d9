"""Records of organizations that cannot be folded at once: they are being loaded, are heavy, or another task works on
them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.observability.tracing import create_untraced_task
from goldenthread.runtime.streams.upstream import Record

Deliver = Callable[[str, list[Record]], Awaitable[asyncio.Future[bool] | None]]
"""Fold these records of an organization: done when they are saved, None when nothing is to be."""


_PORTION = 1_000
"""Records folded at once, if more wait."""


@dataclass(slots=True)
class _QueuedRecords:
    records: list[Record]
    done: asyncio.Future[bool]


class FoldQueue:
    """One task for each such organization, which takes what waits for it in its order; nobody else waits for it.

    `lost` is called with an organization whose records were dropped because of an error that nobody foresaw.
    """

    def __init__(self, deliver: Deliver, lost: Callable[[str], None]) -> None:
        self._deliver, self._lost = deliver, lost
        self._waiting: dict[str, deque[_QueuedRecords]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._count = 0
        self._less = asyncio.Event()

    def __contains__(self, organization: str) -> bool:
        return organization in self._waiting

    def put(self, organization: str, records: list[Record]) -> asyncio.Future[bool]:
        """Have records folded after those that wait already; done when they are saved, False when they were dropped."""
        put = _QueuedRecords(records, asyncio.get_running_loop().create_future())
        self._count += len(records)
        if organization not in self._waiting:
            self._waiting[organization] = deque()
            self._tasks[organization] = create_untraced_task(self._run(organization), f"fold {organization}")
        self._waiting[organization].append(put)
        return put.done

    async def wait_for_room(self, most: int) -> None:
        """Wait until at most so many records wait."""
        while self._count > most:
            self._less.clear()
            await self._less.wait()

    async def close(self) -> None:
        """Fold nothing more."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for organization in list(self._waiting):  # of tasks that had not begun
            self._end(organization)

    async def _run(self, organization: str) -> None:
        waiting = self._waiting[organization]
        taken: list[_QueuedRecords] = []
        try:
            while waiting:
                taken = _portion(waiting)
                saved = await self._deliver(organization, [record for put in taken for record in put.records])
                self._count_down(taken)
                for put in taken:
                    _follow(put.done, saved)
        except Exception as error:
            log_unforeseen(
                "projection", f"{organization} was not folded; it is repaired", error, organization=organization
            )
            self._lost(organization)
        finally:
            waiting.extendleft(put for put in reversed(taken) if put.records)
            self._end(organization)

    def _end(self, organization: str) -> None:
        left = self._waiting.pop(organization)
        del self._tasks[organization]
        self._count_down(left)
        for put in left:
            put.done.set_result(False)

    def _count_down(self, puts: Iterable[_QueuedRecords]) -> None:
        for put in puts:
            self._count -= len(put.records)
            put.records = []
        self._less.set()


def _portion(waiting: deque[_QueuedRecords]) -> list[_QueuedRecords]:
    taken = [waiting.popleft()]
    while waiting and sum(len(put.records) for put in taken) + len(waiting[0].records) <= _PORTION:
        taken.append(waiting.popleft())
    return taken


def _follow(waiting: asyncio.Future[bool], saved: asyncio.Future[bool] | None) -> None:
    if saved is None or saved.done():
        waiting.set_result(saved is None or saved.result())
    else:
        saved.add_done_callback(lambda done: waiting.set_result(done.result()))
