"""The organizations in memory: one task at a time each, dropped whenever in doubt, evicted when idle."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic

from goldenthread.runtime.projection.organization_state import OrganizationState
from goldenthread.runtime.projection.protocols import S


class _Slot(Generic[S]):
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.state: OrganizationState[S] | None = None
        self.users = 0
        self.weight = 0
        """The weight that was counted for it; not counted once it is not among the slots."""


class StateCache(Generic[S]):
    """States by organization, least recently used first: `limit` of them, and `held` of weight, while they are idle.

    The one used last stays, whatever it weighs.
    """

    def __init__(self, load: Callable[[str], Awaitable[OrganizationState[S]]], limit: int, held: int) -> None:
        self._load = load
        self._limit, self._held = limit, held
        self._slots: OrderedDict[str, _Slot[S]] = OrderedDict()
        self.weight = 0
        """What all of them weigh together."""

    def __len__(self) -> int:
        return len(self._slots)

    def organizations(self) -> list[str]:
        """Those held, least recently used first."""
        return list(self._slots)

    def peek(self, organization: str) -> OrganizationState[S] | None:
        """The state in memory, as it is, without waiting for its turn."""
        slot = self._slots.get(organization)
        return slot.state if slot else None

    def peek_unused(self, organization: str) -> OrganizationState[S] | None:
        """The state in memory, if nobody is at work on it."""
        slot = self._slots.get(organization)
        return None if slot is None or slot.users else slot.state

    @asynccontextmanager
    async def hold(self, organization: str) -> AsyncIterator[OrganizationState[S]]:
        """The state, loaded when it is not in memory, for one task at a time. Whatever is raised here drops it."""
        slot = self._slots.setdefault(organization, _Slot())
        self._slots.move_to_end(organization)
        async with self._turn(organization, slot):
            try:
                slot.state = slot.state or await self._load(organization)
                yield slot.state
            except BaseException:
                self._discard(slot)
                raise
        self.evict()

    @asynccontextmanager
    async def hold_if_current(self, state: OrganizationState[S]) -> AsyncIterator[bool]:
        """This state's turn; False when it was dropped, and nothing is loaded. Whatever is raised here drops it."""
        slot = self._slots.get(state.organization)
        if slot is None or slot.state is not state:
            yield False
            return
        async with self._turn(state.organization, slot):
            there = slot.state is state
            try:
                yield there
            except BaseException:
                if there:
                    self._discard(slot)
                raise

    def drop(self, organization: str) -> None:
        """Forget an organization; a task that still holds it ends on the store's guard, or saves what is true."""
        if (slot := self._slots.pop(organization, None)) is not None:
            self._discard(slot)
            self.weight -= slot.weight

    def drop_if_current(self, state: OrganizationState[S]) -> None:
        """Drop this state, unless another has taken its place; whoever holds it saves nothing more of it."""
        slot = self._slots.get(state.organization)
        if slot is not None and slot.state is state:
            self._discard(slot)

    def evict(self) -> None:
        """Let go of idle states until the rest is not too many and not too heavy."""
        if not self._full():
            return
        *older, _ = list(self._slots.items())
        for organization, slot in older:
            if not self._full():
                return
            if slot.users == 0 and (slot.state is None or slot.state.idle):
                del self._slots[organization]
                self.weight -= slot.weight

    @asynccontextmanager
    async def _turn(self, organization: str, slot: _Slot[S]) -> AsyncIterator[None]:
        slot.users += 1
        try:
            async with slot.lock:
                yield
        finally:
            slot.users -= 1
            weight = slot.state.weight if slot.state else 0
            if self._slots.get(organization) is slot:
                self.weight += weight - slot.weight
                slot.weight = weight

    def _full(self) -> bool:
        return len(self._slots) > self._limit or (self.weight > self._held and len(self._slots) > 1)

    def _discard(self, slot: _Slot[S]) -> None:
        slot.state = None
