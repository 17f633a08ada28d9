"""The changes that made revisions, in words: read from goals once, until a person in them is renamed."""

from __future__ import annotations

from collections import Counter, OrderedDict

from gateway.budget import cost
from gateway.upstream.ports import Upstreams
from goldenthread.contracts.entities import Id
from goldenthread.contracts.read_api import HistoryEntry

_KEPT = 4096


class HistoryCache:
    """The latest changes that were asked for."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams
        self._changes: OrderedDict[tuple[Id, int], HistoryEntry] = OrderedDict()
        self._renamed: Counter[Id] = Counter()
        """How often people were renamed, after which sentences are read again: they name people."""

    async def change(self, organization: Id, revision: int) -> HistoryEntry | None:
        """The change that made a revision, in words; None when goals cannot say. Raises `Unreachable`."""
        key = (organization, revision)
        if key not in self._changes:
            renamed = self._renamed[organization]
            async with cost.reading():
                page = await self._upstreams.history(organization, None, revision + 1, 1)
            if not page.entries or page.entries[0].revision != revision:
                return None
            if self._renamed[organization] != renamed:
                return page.entries[0]
            self._changes[key] = page.entries[0]
            if len(self._changes) > _KEPT:
                self._changes.popitem(last=False)
        return self._changes[key]

    def forget(self, organization: Id) -> None:
        """A person of an organization was renamed: its sentences are read again."""
        self._renamed[organization] += 1
        for key in [key for key in self._changes if key[0] == organization]:
            del self._changes[key]
