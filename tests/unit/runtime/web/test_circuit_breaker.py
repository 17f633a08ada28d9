"""A neighbour that does not answer is waited for a few times, then not again until it answers."""

from __future__ import annotations

from goldenthread.runtime.web.circuit_breaker import RETRY_SECONDS, TIME_OUTS_TO_OPEN, CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def silent(clock: Clock) -> CircuitBreaker:
    found = CircuitBreaker(clock)
    for _ in range(TIME_OUTS_TO_OPEN):
        assert found.allows_request()
        found.timed_out()
    return found


def test_after_a_few_time_outs_in_a_row_it_is_not_asked() -> None:
    assert not silent(Clock()).allows_request()


def test_an_answer_in_between_begins_the_count_anew() -> None:
    found = CircuitBreaker(Clock())
    for _ in range(3 * TIME_OUTS_TO_OPEN):
        found.timed_out()
        found.answered()
        assert found.allows_request()


def test_one_is_let_through_now_and_then_and_when_that_is_answered_everybody_is() -> None:
    clock = Clock()
    found = silent(clock)
    clock.now += RETRY_SECONDS
    assert found.allows_request()
    assert not found.allows_request()
    found.answered()
    assert found.allows_request()


def test_who_looks_keeps_others_from_being_let_through() -> None:
    clock = Clock()
    found = silent(clock)
    for _ in range(5):
        clock.now += RETRY_SECONDS / 2
        found.request_sent()
        assert not found.allows_request()
