"""How fast one caller's requests are executed, so that a caller who sends many costly requests does not keep others
waiting.

An answer is put together without a pause (it shows one revision), so the event loop can let others in only between two
executions. After those of one turn of the loop took long, their caller's next one waits a quarter of that time: whoever
comes meanwhile is let in. Where another caller is about, it also waits while the caller's debt is above `BURST`: the
time that the loop waited for their executions, which time forgives at a rate that leaves half of the process to those
who do not wait. Requests of the usual kind take milliseconds, and never wait.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Hashable

SHARE = 0.5
"""Of the process's time that callers who wait may take together, while there are others."""
BURST = 0.25
"""Seconds that a caller may take at once."""
REST = 0.25
"""Of the time that executions took, that the same caller's next one waits."""
_LONG = 0.01
"""Seconds of one caller's executions in one turn of the event loop, after which the next one waits."""
MOST_READS = 4
"""Reads from other processes that are under way for one caller at a time."""
_LATELY = 1.0
"""Seconds after its last request in which a caller counts as active."""
_MOST = 10_000
"""Callers that are remembered."""


class CallerPace:
    """The pace of one caller."""

    def __init__(self, paces: CallerPaces) -> None:
        self._paces = paces
        self._lock = asyncio.Lock()
        self._debt = 0.0
        self._at = time.monotonic()
        self._in_turn = 0.0
        """Seconds taken in this turn of the event loop."""
        self._rests_until = 0.0
        self._waiting = 0
        self.reads = asyncio.Semaphore(MOST_READS)
        """Taken by what an execution reads from other processes."""

    async def wait(self) -> None:
        """Return when this caller's next execution may begin; it must begin at once, before the loop's next turn."""
        self._paces.asks(self)
        if not self._waiting and self._delay() is None:
            return
        self._waiting += 1
        self._paces.wait(self, waits=True)
        try:
            async with self._lock:  # in the order in which they asked
                await self.rest()
        finally:
            self._waiting -= 1
            self._paces.wait(self, waits=self._waiting > 0)

    async def rest(self) -> None:
        """Return when this caller may go on with something small; in no order."""
        while (delay := self._delay()) is not None:  # noqa: ASYNC110  # time passes, nobody tells
            await asyncio.sleep(delay)

    def charge(self, seconds: float) -> None:
        """The event loop has waited for an execution."""
        self._debt = self.debt() + seconds
        if not self._in_turn:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._in_turn += seconds

    def debt(self) -> float:
        """Seconds that are not forgiven yet."""
        now = time.monotonic()
        self._debt = max(0.0, self._debt - (now - self._at) * self._paces.share(self))
        self._at = now
        return self._debt

    def _delay(self) -> float | None:
        """How long to wait before looking again; None when it may begin."""
        if self._in_turn > _LONG:
            return 0.0
        if (rest := self._rests_until - time.monotonic()) > 0:
            return rest
        over = self.debt() - BURST
        return over / self._paces.share(self) if over > 0 and self._paces.others(self) else None

    def _next_turn(self) -> None:
        if self._in_turn > _LONG:
            self._rests_until = time.monotonic() + REST * self._in_turn
        self._in_turn = 0.0


class CallerPaces:
    """The paces of all callers, by caller; those that have not asked for longest are forgotten."""

    def __init__(self) -> None:
        self._of: OrderedDict[Hashable, CallerPace] = OrderedDict()
        self._latest: tuple[CallerPace | None, float] = (None, float("-inf"))
        self._before: tuple[CallerPace | None, float] = self._latest
        """Who asked last, and who asked before them, and when."""
        self._waiting: set[CallerPace] = set()

    def of(self, caller: Hashable) -> CallerPace:
        """A caller's pace."""
        found = self._of.get(caller)
        if found is None:
            found = self._of[caller] = CallerPace(self)
            while len(self._of) > _MOST:
                self._of.popitem(last=False)
        self._of.move_to_end(caller)
        return found

    def asks(self, pace: CallerPace) -> None:
        """A caller asks for something."""
        if pace is not self._latest[0]:
            self._before = self._latest
        self._latest = pace, time.monotonic()

    def wait(self, pace: CallerPace, *, waits: bool) -> None:
        """A caller waits, or does so no more."""
        (self._waiting.add if waits else self._waiting.discard)(pace)

    def others(self, pace: CallerPace) -> bool:
        """True when another caller has asked for something lately."""
        _, at = self._before if self._latest[0] is pace else self._latest
        return time.monotonic() - at <= _LATELY

    def share(self, pace: CallerPace) -> float:
        """Seconds of debt that a second forgives this caller."""
        return SHARE / max(1, len(self._waiting)) if self.others(pace) else 1.0
