"""A cache bounded by the bytes of what it holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class SizedCache(Generic[K, V]):
    """Keeps what was used last. All values together are never larger than `most_bytes`, as their callers say it."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: K) -> V | None:
        """The value, which counts as used now."""
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of `size` bytes; those not used for longest go. One larger than the whole cache is not kept."""
        if (before := self._held.pop(key, None)) is not None:
            self.bytes -= before[1]
        if size > self._most:
            return
        self._held[key] = value, size
        self.bytes += size
        while self.bytes > self._most:
            self.bytes -= self._held.popitem(last=False)[1][1]
