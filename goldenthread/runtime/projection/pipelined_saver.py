"""Saves folded state: one transaction at a time for each organization, while folding goes on.

A save is prepared (`Store.prepare_save`) under the organization's lock, between two commits; its transaction runs
without that lock. What is folded meanwhile goes into the next save, which begins when this one has succeeded. A
transaction that fails drops the organization from memory, with everything computed ahead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Generic

from goldenthread.runtime.observability.tracing import create_untraced_task
from goldenthread.runtime.projection.offload import ThreadOffload
from goldenthread.runtime.projection.organization_state import OrganizationState
from goldenthread.runtime.projection.protocols import PreparedSave, S, Store
from goldenthread.runtime.projection.state_cache import StateCache


class StateDropped(Exception):
    """What was folded during a transaction will not be saved: its state is not in memory any more."""


SaveResult = asyncio.Future[bool]
"""True once everything folded so far is in the store; False when it was dropped instead."""


class PipelinedSaver(Generic[S]):
    """Saves organizations, several of them at once (`width`). `saved` is called after every transaction that
    succeeded, `lost` with the organization and the error after one that failed; neither raises.
    """

    def __init__(
        self,
        store: Store[S],
        cache: StateCache[S],
        offload: ThreadOffload,
        width: int,
        saved: Callable[[], None],
        lost: Callable[[str, Exception], None],
    ) -> None:
        self._store, self._cache, self._offload = store, cache, offload
        self._gate = asyncio.Semaphore(width)
        self._saved, self._lost = saved, lost
        self._tasks: dict[asyncio.Task[None], OrganizationState[S]] = {}
        self._writing: dict[str, asyncio.Future[None]] = {}

    async def save(self, state: OrganizationState[S]) -> SaveResult:
        """Have everything folded so far saved. To be called under the state's lock; does not wait for the store."""
        if state.save_failed:
            return _known(False)
        if not state.dirty:
            return state.current_save or _known(True)
        if state.current_save is None:
            prepared = await self._prepare(state)
            if prepared is None:
                return _known(True)
            state.current_save = asyncio.get_running_loop().create_future()
            task = create_untraced_task(self._run(state, prepared), f"save {state.organization}")
            self._tasks[task] = state
            task.add_done_callback(self._tasks.pop)
            return state.current_save
        if state.next_save is None:
            state.next_save = asyncio.get_running_loop().create_future()
        return state.next_save

    @staticmethod
    async def flushed(state: OrganizationState[S]) -> bool:
        """Wait until whatever was to be saved is, and say whether it is. Not to be called under the state's lock."""
        last = state.next_save or state.current_save
        if last is None:
            return not state.save_failed
        await asyncio.wait([last])
        return last.result()

    async def transaction_ended(self, organization: str) -> None:
        """Wait until no transaction of an organization is under way."""
        while (writing := self._writing.get(organization)) is not None:
            await asyncio.wait([writing])

    async def close(self) -> None:
        """Cancel the transactions under way. Each is in the store as a whole or not at all, and none is reported as
        saved.
        """
        tasks = dict(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for state in tasks.values():  # of tasks that had not begun
            self._end(state, saved=False)

    async def _prepare(self, state: OrganizationState[S]) -> PreparedSave[Any] | None:
        request = state.unsaved()
        if request is None:
            return None
        prepared = await self._offload.run(state.weight, partial(self._store.prepare_save, request))
        state.mark_prepared()
        return prepared

    async def _run(self, state: OrganizationState[S], first: PreparedSave[Any]) -> None:
        """One transaction after the other, until nothing is left to save."""
        prepared: PreparedSave[Any] | None = first
        try:
            while prepared is not None:
                await self._write(prepared)
                state.saved(prepared.checkpoint)
                _tell(state.current_save, True)
                self._saved()
                prepared = await self._go_on(state)
            self._end(state, saved=True)
        except BaseException as error:
            self._cache.drop_if_current(state)
            self._end(state, saved=False)
            if isinstance(error, Exception):
                self._lost(state.organization, error)
            if not isinstance(error, Exception):
                raise
        self._cache.evict()

    async def _write(self, prepared: PreparedSave[Any]) -> None:
        await self.transaction_ended(prepared.organization)
        done = self._writing[prepared.organization] = asyncio.get_running_loop().create_future()
        try:
            async with self._gate:
                await self._store.save(prepared)
        finally:
            del self._writing[prepared.organization]
            done.set_result(None)

    async def _go_on(self, state: OrganizationState[S]) -> PreparedSave[Any] | None:
        """The next transaction, if anybody waits for one. Raises `StateDropped` when the state was, meanwhile."""
        if state.next_save is None:
            return None
        async with self._cache.hold_if_current(state) as there:
            if not there:
                raise StateDropped("it was dropped while it was saved")
            prepared = await self._prepare(state) if state.next_save is not None else None
        if prepared is not None:
            state.current_save, state.next_save = state.next_save, None
        return prepared

    def _end(self, state: OrganizationState[S], *, saved: bool) -> None:
        state.save_failed = state.save_failed or not saved
        for left in (state.current_save, state.next_save):
            _tell(left, saved)
        state.current_save = state.next_save = None


def _known(answer: bool) -> SaveResult:
    made: SaveResult = asyncio.get_running_loop().create_future()
    made.set_result(answer)
    return made


def _tell(waiting: SaveResult | None, answer: bool) -> None:
    if waiting is not None and not waiting.done():
        waiting.set_result(answer)
