"""A circuit breaker: requests to a process that does not answer in time fail at once, without waiting for it again.

A process that is dead refuses at once and costs nothing; one that hangs costs everybody who asks it their deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

TIME_OUTS_TO_OPEN = 2
"""In a row, with no answer in between, after which the circuit is open."""
RETRY_SECONDS = 5.0
"""Seconds after which one request is let through although the circuit is open, to see whether the process answers
again.
"""


class CircuitBreaker:
    """Of one other process: the circuit is open after several time-outs in a row. A refusal counts as an answer."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._time_outs = 0
        self._last_request = float("-inf")

    @property
    def is_open(self) -> bool:
        """It did not answer the last requests in time."""
        return self._time_outs >= TIME_OUTS_TO_OPEN

    def allows_request(self) -> bool:
        """Whether a request is worth the wait. True once in a while also when the circuit is open."""
        if self.is_open and self._clock() - self._last_request < RETRY_SECONDS:
            return False
        self.request_sent()
        return True

    def request_sent(self) -> None:
        """Note that a request is sent."""
        self._last_request = self._clock()

    def answered(self) -> None:
        """The process answered, or refused the connection: the next request learns that at once."""
        self._time_outs = 0

    def timed_out(self) -> None:
        """It did not answer within the deadline of a question."""
        self._time_outs += 1
