"""Who waits for a process that accepts connections and never answers waits for it a few times, not every time.

A process that is dead refuses at once and costs nothing; one that hangs costs everybody who asks it their deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

TIME_OUTS = 2
"""In a row, with no answer in between, after which a process is known to be silent."""
LOOK_AGAIN = 5.0
"""Seconds after which one question is let through all the same, where nobody else looks whether it answers again."""


class Silence:
    """What is known of one neighbour: whether it answers. Any answer, also a refusal, is one."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._time_outs = 0
        self._asked = float("-inf")

    @property
    def known(self) -> bool:
        """It was asked several times, and did not answer in time."""
        return self._time_outs >= TIME_OUTS

    def may_ask(self) -> bool:
        """Whether asking is worth the wait. True once in a while also of one that is silent."""
        if self.known and self._clock() - self._asked < LOOK_AGAIN:
            return False
        self.asked()
        return True

    def asked(self) -> None:
        """It is asked now."""
        self._asked = self._clock()

    def answered(self) -> None:
        """It answered, or refused the connection: who asks again is told at once."""
        self._time_outs = 0

    def timed_out(self) -> None:
        """It did not answer within the deadline of a question."""
        self._time_outs += 1
