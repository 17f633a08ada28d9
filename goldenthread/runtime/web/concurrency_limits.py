"""Limits on concurrency: how many things of one caller, and how many bytes of requests in this process, at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

SMALL = 64 * 1024
"""Bytes of a request that are not counted: small requests are answered however many large ones there are."""


class CallerLimitReached(Exception):
    """One caller has as many things under way as allowed."""


class RequestMemoryFull(Exception):
    """What requests hold leaves no room for another large one now."""


class CallerLimit:
    """How many things each caller has under way: `most` at once."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._counts: Counter[Hashable] = Counter()

    def left(self, caller: Hashable) -> int:
        """How many more the caller may begin now."""
        return self.most - self._counts.get(caller, 0)

    def begin(self, caller: Hashable) -> None:
        """One more. Raises `CallerLimitReached`, and then it does not count."""
        if self._counts[caller] >= self.most:
            raise CallerLimitReached
        self._counts[caller] += 1

    def end(self, caller: Hashable) -> None:
        """One less."""
        self._counts[caller] -= 1
        if not self._counts[caller]:
            del self._counts[caller]


class RequestMemory:
    """The bytes of requests this process holds: `most` at once, of one caller a quarter of that or one `largest`."""

    def __init__(self, most: int, largest: int) -> None:
        self.most, self._largest = most, largest
        self._held: Counter[Hashable] = Counter()

    @property
    def held(self) -> int:
        """How many there are."""
        return self._held.total()

    @contextmanager
    def request(self, caller: Hashable | None) -> Iterator[RequestBytes]:
        """A request of `caller`, nothing of it received yet; None has no bound of its own."""
        held = RequestBytes(self, caller)
        try:
            yield held
        finally:
            self._give_back(caller, held.counted)

    def _take(self, caller: Hashable | None, count: int) -> None:
        if self.held + count > self.most:
            raise RequestMemoryFull
        if caller is not None and self._held[caller] + count > max(self.most // 4, self._largest):
            raise RequestMemoryFull
        self._held[caller] += count

    def _give_back(self, caller: Hashable | None, count: int) -> None:
        self._held[caller] -= count
        if not self._held[caller]:
            del self._held[caller]


class RequestBytes:
    """What one request holds."""

    def __init__(self, bytes: RequestMemory, caller: Hashable | None) -> None:
        self._bytes, self._caller = bytes, caller
        self._received = self.counted = 0

    def received(self, count: int) -> None:
        """So many bytes more. Raises `RequestMemoryFull`."""
        self._received += count
        more = max(0, self._received - SMALL) - self.counted
        if more > 0:
            self._bytes._take(self._caller, more)
            self.counted += more
