"""Deadlines move without timers being made again; a full transport is stuck when too little leaves it."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from goldenthread.runtime.web.deadlines import LEAST_BYTES, Deadline, Drain


@dataclass
class Timer:
    at: float
    run: Callable[[], None]
    cancelled: bool = False

    def when(self) -> float:
        return self.at

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class FakeLoop:
    """A clock and its timers, which a test moves."""

    now: float = 100.0
    timers: list[Timer] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, run: Callable[[], None]) -> Timer:
        self.timers.append(Timer(when, run))
        return self.timers[-1]

    def forward(self, seconds: float) -> None:
        """Time passes; due timers fire in their order."""
        end = self.now + seconds
        while due := [each for each in self.timers if not each.cancelled and each.at <= end]:
            first = min(due, key=Timer.when)
            self.timers.remove(first)
            self.now = max(self.now, first.at)
            first.run()
        self.now = end


def loop_of(fake: FakeLoop) -> AbstractEventLoop:
    return cast(AbstractEventLoop, fake)


class Passed:
    """Counts how often a deadline passed."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@dataclass
class Transport:
    waiting: int

    def get_write_buffer_size(self) -> int:
        return self.waiting


def test_a_deadline_passes_once_at_its_time() -> None:
    loop, passed = FakeLoop(), Passed()
    Deadline(loop_of(loop), passed).after(10)
    loop.forward(9.9)
    assert passed.times == 0
    loop.forward(100)
    assert passed.times == 1


def test_a_deadline_that_is_moved_many_times_needs_two_timers() -> None:
    loop, passed = FakeLoop(), Passed()
    deadline = Deadline(loop_of(loop), passed)
    made: list[Any] = []
    for _ in range(1_500):
        deadline.after(10)
        made += [each for each in loop.timers if each not in made]
        loop.forward(0.01)
    assert (passed.times, len(made)) == (0, 2)
    loop.forward(10)
    assert passed.times == 1


def test_a_deadline_can_be_moved_nearer() -> None:
    loop, passed = FakeLoop(), Passed()
    deadline = Deadline(loop_of(loop), passed)
    deadline.after(60)
    deadline.after(5)
    loop.forward(5)
    assert passed.times == 1
    loop.forward(60)
    assert passed.times == 1


def test_a_deadline_that_is_off_does_not_pass_and_can_be_set_again() -> None:
    loop, passed = FakeLoop(), Passed()
    deadline = Deadline(loop_of(loop), passed)
    deadline.after(5)
    deadline.off()
    loop.forward(10)
    assert passed.times == 0
    deadline.after(5)
    loop.forward(5)
    assert passed.times == 1
    deadline.after(5)
    deadline.end()
    assert all(each.cancelled for each in loop.timers)


def test_a_reader_that_takes_enough_in_every_period_is_not_stuck() -> None:
    loop, stuck, transport = FakeLoop(), Passed(), Transport(100 * LEAST_BYTES)
    drain = Drain(loop_of(loop), 30, stuck)
    drain.full(transport)
    for _ in range(20):
        transport.waiting -= LEAST_BYTES
        loop.forward(30)
    assert stuck.times == 0
    transport.waiting -= LEAST_BYTES - 1
    loop.forward(30)
    assert stuck.times == 1


def test_a_reader_that_took_everything_is_not_stuck() -> None:
    loop, stuck = FakeLoop(), Passed()
    drain = Drain(loop_of(loop), 30, stuck)
    drain.full(Transport(65_536))
    loop.forward(29)
    drain.drained()
    loop.forward(300)
    assert stuck.times == 0
