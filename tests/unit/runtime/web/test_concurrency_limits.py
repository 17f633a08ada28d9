"""What is under way is counted exactly, and given back."""

from __future__ import annotations

import pytest

from goldenthread.runtime.web.concurrency_limits import (
    SMALL,
    CallerLimit,
    CallerLimitReached,
    RequestMemory,
    RequestMemoryFull,
)


def test_a_caller_may_have_so_many_at_once_and_others_are_not_affected() -> None:
    counts = CallerLimit(2)
    counts.begin("ada")
    counts.begin("ada")
    with pytest.raises(CallerLimitReached):
        counts.begin("ada")
    counts.begin("ben")
    counts.end("ada")
    counts.begin("ada")
    for caller in ("ada", "ada", "ben"):
        counts.end(caller)
    assert not counts._counts


def test_bytes_are_counted_beyond_the_first_of_a_request_and_given_back() -> None:
    bytes = RequestMemory(10 * SMALL, 8 * SMALL)
    with bytes.request("ada") as held:
        held.received(SMALL)
        assert bytes.held == 0
        held.received(10)
        held.received(20)
        assert bytes.held == 30
    assert bytes.held == 0


def test_one_caller_cannot_take_all_the_room_and_may_send_the_largest_request() -> None:
    bytes = RequestMemory(40 * SMALL, 4 * SMALL)
    with bytes.request("ada") as first, bytes.request("ada") as second, bytes.request("ben") as third:
        first.received(6 * SMALL)
        with pytest.raises(RequestMemoryFull):
            second.received(7 * SMALL)
        third.received(6 * SMALL)
    assert bytes.held == 0


def test_all_callers_together_have_a_bound_and_services_no_other() -> None:
    bytes = RequestMemory(8 * SMALL, 2 * SMALL)
    with bytes.request(None) as service, bytes.request("ada") as ada:
        service.received(9 * SMALL)
        with pytest.raises(RequestMemoryFull):
            ada.received(2 * SMALL)
    assert bytes.held == 0
