"""How fast one caller's requests are executed, so that whoever sends many costly ones does not keep others waiting.

An answer is put together without a pause (it shows one revision), so the event loop can let others in only between two
executions. A caller's next execution waits for the loop's next turn when those in this turn took long. Where other
callers are about, it also waits while the caller's debt is above `BURST`: the processor time that their executions
took, which time forgives at a rate that leaves half of the process to those who do not wait. Requests of the usual kind
take milliseconds, and never wait.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

SHARE = 0.5
"""Of the process's time that callers who wait may take together, while there are others."""
BURST = 0.25
"""Seconds of processor time that a caller may take at once."""
_UNIT = 1e-6
"""Seconds of one unit of cost."""
_LATELY = 1.0
"""Seconds after which a caller who asked is about no more."""
_TURN = 10_000
"""Units that one caller's executions may take in one turn of the event loop before the next one waits."""
_MOST = 10_000
"""Callers that are remembered."""


class Pace:
    """One caller's."""

    def __init__(self, paces: Paces) -> None:
        self._paces = paces
        self._lock = asyncio.Lock()
        self._debt = 0.0
        self._at = time.monotonic()
        self._in_turn = 0
        """Units taken in this turn of the event loop."""

    async def wait(self) -> None:
        """Return when this caller's next execution may begin; it must begin at once, before the loop's next turn."""
        self._paces.asks(self)
        if not self._lock.locked() and self._delay() is None:
            return
        with self._paces.waits():
            async with self._lock:  # in the order in which they asked
                while (delay := self._delay()) is not None:  # noqa: ASYNC110  # time passes, nobody tells
                    await asyncio.sleep(delay)

    def charge(self, units: int) -> None:
        """An execution has taken units of cost."""
        self._debt = self.debt() + units * _UNIT
        if not self._in_turn:
            asyncio.get_running_loop().call_soon(self._next_turn)
        self._in_turn += units

    def debt(self) -> float:
        """Seconds of processor time that are not forgiven yet."""
        now = time.monotonic()
        self._debt = max(0.0, self._debt - (now - self._at) * self._paces.share)
        self._at = now
        return self._debt

    def _delay(self) -> float | None:
        """How long to wait before looking again; None when it may begin."""
        if self._in_turn > _TURN:
            return 0.0
        over = self.debt() - BURST
        return over / self._paces.share if over > 0 and not self._paces.alone else None

    def _next_turn(self) -> None:
        self._in_turn = 0


class Paces:
    """Every caller's, by login; those who have not asked for longest are forgotten."""

    def __init__(self) -> None:
        self._of: OrderedDict[Hashable, Pace] = OrderedDict()
        self._latest: Pace | None = None
        self._changed = float("-inf")
        self._waiting = 0

    def of(self, caller: Hashable) -> Pace:
        """A caller's pace."""
        found = self._of.get(caller)
        if found is None:
            found = self._of[caller] = Pace(self)
            while len(self._of) > _MOST:
                self._of.popitem(last=False)
        self._of.move_to_end(caller)
        return found

    def asks(self, pace: Pace) -> None:
        """A caller asks for something."""
        if pace is not self._latest:
            self._changed = time.monotonic() if self._latest is not None else self._changed
            self._latest = pace

    @contextmanager
    def waits(self) -> Iterator[None]:
        """A caller waits while the block lasts."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    @property
    def alone(self) -> bool:
        """True while nobody but the caller who asks now has asked for anything lately."""
        return time.monotonic() - self._changed > _LATELY

    @property
    def share(self) -> float:
        """Seconds of debt that a second forgives each caller."""
        return 1.0 if self.alone else SHARE / max(1, self._waiting)
