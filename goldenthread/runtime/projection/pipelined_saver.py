"""Saves what is folded: one transaction at a time for each organisation, while it is folded further.

Drawing up (`Store.draw_up`) is done under the organisation's lock, between two commits; the transaction is not. What is
folded meanwhile goes into the next one, which begins when this one has succeeded. A transaction that fails drops the
organisation from memory, with everything computed ahead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Generic

from goldenthread.runtime.projection.offload import ThreadOffload
from goldenthread.runtime.projection.organization_state import OrganizationState
from goldenthread.runtime.projection.protocols import PreparedSave, S, Store
from goldenthread.runtime.projection.state_cache import StateCache


class StateDropped(Exception):
    """What was folded during a transaction will not be saved: its member is not in memory any more."""


SaveResult = asyncio.Future[bool]
"""True once everything folded so far is in the store; False when it was dropped instead."""


class PipelinedSaver(Generic[S]):
    """`saved` is called after every transaction, `lost` with what a failed one raised; neither raises."""

    def __init__(
        self,
        store: Store[S],
        memory: StateCache[S],
        threads: ThreadOffload,
        width: int,
        saved: Callable[[], None],
        lost: Callable[[str, Exception], None],
    ) -> None:
        self._store, self._memory, self._threads = store, memory, threads
        self._gate = asyncio.Semaphore(width)
        self._saved, self._lost = saved, lost
        self._tasks: dict[asyncio.Task[None], OrganizationState[S]] = {}
        self._writing: dict[str, asyncio.Future[None]] = {}

    async def save(self, member: OrganizationState[S]) -> SaveResult:
        """Have everything folded so far saved. To be called under the member's lock; does not wait for the store."""
        if member.lost:
            return _known(False)
        if not member.dirty:
            return member.writing or _known(True)
        if member.writing is None:
            drawn = await self._draw_up(member)
            if drawn is None:
                return _known(True)
            member.writing = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(self._run(member, drawn), name=f"save {member.organization}")
            self._tasks[task] = member
            task.add_done_callback(self._tasks.pop)
            return member.writing
        if member.next is None:
            member.next = asyncio.get_running_loop().create_future()
        return member.next

    @staticmethod
    async def settled(member: OrganizationState[S]) -> bool:
        """Wait until whatever was to be saved is, and say whether it is. Not to be called under the member's lock."""
        last = member.next or member.writing
        if last is None:
            return not member.lost
        await asyncio.wait([last])
        return last.result()

    async def ended(self, organization: str) -> None:
        """Wait until no transaction of an organisation is under way."""
        while (writing := self._writing.get(organization)) is not None:
            await asyncio.wait([writing])

    async def close(self) -> None:
        """Break off what is under way: it is in the store or it is not, and was not said to be."""
        tasks = dict(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for member in tasks.values():  # of tasks that had not begun
            self._end(member, saved=False)

    async def _draw_up(self, member: OrganizationState[S]) -> PreparedSave[Any] | None:
        request = member.unsaved()
        if request is None:
            return None
        drawn = await self._threads.run(member.weight, partial(self._store.draw_up, request))
        member.drawn_up()
        return drawn

    async def _run(self, member: OrganizationState[S], first: PreparedSave[Any]) -> None:
        """One transaction after the other, until nothing is left to save."""
        drawn: PreparedSave[Any] | None = first
        try:
            while drawn is not None:
                await self._write(drawn)
                member.saved(drawn.standing)
                _tell(member.writing, True)
                self._saved()
                drawn = await self._go_on(member)
            self._end(member, saved=True)
        except BaseException as error:
            self._memory.forget(member)
            self._end(member, saved=False)
            if isinstance(error, Exception):
                self._lost(member.organization, error)
            if not isinstance(error, Exception):
                raise
        self._memory.evict()

    async def _write(self, drawn: PreparedSave[Any]) -> None:
        await self.ended(drawn.organization)
        done = self._writing[drawn.organization] = asyncio.get_running_loop().create_future()
        try:
            async with self._gate:
                await self._store.save(drawn)
        finally:
            del self._writing[drawn.organization]
            done.set_result(None)

    async def _go_on(self, member: OrganizationState[S]) -> PreparedSave[Any] | None:
        """The next transaction, if anybody waits for one. Raises `StateDropped` when the member was, meanwhile."""
        if member.next is None:
            return None
        async with self._memory.still(member) as there:
            if not there:
                raise StateDropped("it was dropped while it was saved")
            drawn = await self._draw_up(member) if member.next is not None else None
        if drawn is not None:
            member.writing, member.next = member.next, None
        return drawn

    def _end(self, member: OrganizationState[S], *, saved: bool) -> None:
        member.lost = member.lost or not saved
        for left in (member.writing, member.next):
            _tell(left, saved)
        member.writing = member.next = None


def _known(answer: bool) -> SaveResult:
    made: SaveResult = asyncio.get_running_loop().create_future()
    made.set_result(answer)
    return made


def _tell(waiting: SaveResult | None, answer: bool) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(answer)
