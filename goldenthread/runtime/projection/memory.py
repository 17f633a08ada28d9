"""The organisations in memory: one task at a time each, dropped whenever in doubt, evicted when idle."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Generic

from goldenthread.runtime.projection.member import Member
from goldenthread.runtime.projection.protocols import S


class _Slot(Generic[S]):
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.member: Member[S] | None = None
        self.users = 0


class Memory(Generic[S]):
    """Members by organisation, least recently used first."""

    def __init__(self, load: Callable[[str], Awaitable[Member[S]]], limit: int) -> None:
        self._load = load
        self._limit = limit
        self._slots: OrderedDict[str, _Slot[S]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._slots)

    def organizations(self) -> list[str]:
        """Those held, least recently used first."""
        return list(self._slots)

    def peek(self, organization: str) -> Member[S] | None:
        """The member in memory, as it is, without waiting for its turn."""
        slot = self._slots.get(organization)
        return slot.member if slot else None

    @asynccontextmanager
    async def hold(self, organization: str) -> AsyncIterator[Member[S]]:
        """The member, loaded when it is not in memory, for one task at a time. Whatever is raised here drops it."""
        slot = self._slots.setdefault(organization, _Slot())
        self._slots.move_to_end(organization)
        slot.users += 1
        try:
            async with slot.lock:
                try:
                    slot.member = slot.member or await self._load(organization)
                    yield slot.member
                except BaseException:
                    self._doubt(slot)
                    raise
        finally:
            slot.users -= 1
        self._evict()

    def drop(self, organization: str) -> None:
        """Forget an organisation; a task that still holds it ends on the store's guard, or saves what is true."""
        if (slot := self._slots.pop(organization, None)) is not None:
            self._doubt(slot)

    def _doubt(self, slot: _Slot[S]) -> None:
        slot.member = None

    def _evict(self) -> None:
        if len(self._slots) <= self._limit:
            return
        for organization, slot in list(self._slots.items()):
            if len(self._slots) <= self._limit:
                return
            if slot.users == 0 and (slot.member is None or slot.member.idle):
                del self._slots[organization]
