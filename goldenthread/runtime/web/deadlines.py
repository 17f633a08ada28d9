"""Deadlines of connections: one timer a connection, which is moved without being made again."""

from __future__ import annotations

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable
from typing import Protocol

LEAST_BYTES = 8 * 1024
"""What must pass in one period to count as progress: a byte now and then does not."""


class Deadline:
    """A moment after which `passed` is called, unless it was moved or ended before.

    Moving it later costs an assignment: the timer that is running finds the new moment when it fires.
    """

    def __init__(self, loop: AbstractEventLoop, passed: Callable[[], None]) -> None:
        self._loop, self._passed = loop, passed
        self._at: float | None = None
        self._timer: TimerHandle | None = None

    def after(self, seconds: float) -> None:
        """Set the deadline, in seconds from now."""
        self._at = self._loop.time() + seconds
        if self._timer is not None and self._at < self._timer.when():
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._at, self._fire)

    def off(self) -> None:
        """There is no deadline. The timer, if one runs, finds that out when it fires."""
        self._at = None

    def end(self) -> None:
        """There is no deadline any more, and no timer."""
        self._at = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        if self._at is None:
            return
        if self._loop.time() < self._at:
            self._timer = self._loop.call_at(self._at, self._fire)
            return
        self._at = None
        self._passed()


class Buffered(Protocol):
    """The part of a transport that says how much waits to be sent."""

    def get_write_buffer_size(self) -> int:
        """Bytes that wait."""
        ...


class Drain:
    """Watches a transport while it is full. `stuck` is called when fewer than `LEAST_BYTES` left it in `seconds`."""

    def __init__(self, loop: AbstractEventLoop, seconds: float, stuck: Callable[[], None]) -> None:
        self._deadline = Deadline(loop, self._check)
        self._seconds, self._stuck = seconds, stuck
        self._transport: Buffered | None = None
        self._waiting = 0

    def full(self, transport: Buffered) -> None:
        """The transport takes no more for now."""
        self._transport, self._waiting = transport, transport.get_write_buffer_size()
        self._deadline.after(self._seconds)

    def drained(self) -> None:
        """The transport takes more again."""
        self._deadline.off()

    def end(self) -> None:
        """Watch no more."""
        self._deadline.end()

    def _check(self) -> None:
        assert self._transport is not None
        waiting = self._transport.get_write_buffer_size()
        if self._waiting - waiting < LEAST_BYTES:
            self._stuck()
        else:
            self._waiting = waiting
            self._deadline.after(self._seconds)
