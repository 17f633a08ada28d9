"""Log lines are bounded: how many of one kind there are in a minute, and how long each of them is."""

from __future__ import annotations

import gc
import io
import json
import logging
import weakref
from collections.abc import Iterator

import pytest

from goldenthread.runtime.observability import logs
from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.observability.repeated_lines import ALWAYS, MOST, WINDOW, BoundedHandler

log = logging.getLogger("goldenthread.tests.repeated")


class Written:
    """What is logged, and a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self._stream = io.StringIO()
        self.handler = BoundedHandler(self._stream, lambda: self.now)
        self.handler.setFormatter(logs.JsonFormatter("goals"))

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def written() -> Iterator[Written]:
    made, root = Written(), logging.getLogger("goldenthread")
    before = root.level
    root.addHandler(made.handler)
    root.setLevel(logging.DEBUG)
    yield made
    root.removeHandler(made.handler)
    root.setLevel(before)


def away(number: int) -> None:
    log.warning("the broker is away: %s", number)


def test_of_one_kind_so_many_are_written_in_a_minute_and_the_others_are_counted(written: Written) -> None:
    for number in range(1_000):
        away(number)
    log.warning("another kind")
    assert [each["message"] for each in written.lines] == [
        *(f"the broker is away: {number}" for number in range(MOST)),
        "another kind",
    ]
    written.now = WINDOW
    away(1_000)
    *_, counted, last = written.lines
    assert counted["left_out"] == 1_000 - MOST
    assert counted["level"] == "WARNING"
    assert "980 more lines" in str(counted["message"])
    assert str(counted["message"]).endswith("the last: the broker is away: 999")
    assert last["message"] == "the broker is away: 1000"


def test_a_burst_that_is_over_is_counted_with_the_next_line_of_any_kind(written: Written) -> None:
    for number in range(MOST + 5):
        away(number)
    written.now = WINDOW + 1
    log.info("something else")
    assert [each.get("left_out") for each in written.lines[-2:]] == [5, None]
    written.now += WINDOW + 1
    log.info("something else")
    assert [each.get("left_out") for each in written.lines[-2:]] == [None, None]


def test_the_end_of_the_process_says_what_was_left_out(written: Written) -> None:
    for number in range(MOST + 1):
        away(number)
    written.handler.close()
    assert written.lines[-1]["left_out"] == 1


def test_errors_from_different_places_are_of_different_kinds(written: Written) -> None:
    def failing(kind: type[Exception]) -> None:
        try:
            raise kind("a name")
        except Exception as error:
            log_unforeseen("clock", "it failed", error)

    for _ in range(MOST * 2):
        failing(ValueError)
        failing(KeyError)
    found = [str(each["message"]) for each in written.lines]
    assert found.count("it failed: ValueError") == found.count("it failed: KeyError") == MOST


def test_what_says_who_did_something_is_always_written_and_so_is_everything_at_debug(written: Written) -> None:
    for number in range(MOST * 3):
        log.warning("org_%d was deleted", number, extra=ALWAYS)
        log.debug("looked at %d", number)
    assert len(written.lines) == MOST * 6


def test_kinds_without_end_take_no_memory_without_end(written: Written) -> None:
    for number in range(10_000):
        written.handler.handle(logging.LogRecord("goldenthread", logging.INFO, "", number, "x", None, None))
    assert len(written.handler._kinds) <= 2_000


def test_a_line_that_is_left_out_keeps_nothing_alive(written: Written) -> None:
    class Held(Exception):
        pass

    error = Held()
    gone = weakref.ref(error)
    for _ in range(MOST + 1):
        written.handler.handle(logging.LogRecord("goldenthread", logging.INFO, "", 1, "held: %s", (error,), None))
    del error
    gc.collect()
    assert gone() is None


def test_of_a_long_line_that_is_left_out_only_the_beginning_is_kept(written: Written) -> None:
    for _ in range(MOST + 1):
        log.warning("%s", "a" * 1_000_000)
    (kept,) = written.handler._kinds.values()
    assert len(kept.last) < 10_000


def test_a_line_that_is_left_out_and_cannot_be_shown_fails_nobody(written: Written) -> None:
    for _ in range(MOST + 1):
        written.handler.handle(logging.LogRecord("goldenthread", logging.INFO, "", 1, "%(name)s", ({},), None))
    (kept,) = written.handler._kinds.values()
    assert kept.last == "'%(name)s'"


def test_a_count_that_is_said_long_afterwards_says_in_what_time_the_lines_came(written: Written) -> None:
    for number in range(MOST + 7):
        away(number)
    written.now = 36_000
    log.warning("another kind")
    counted = written.lines[-2]
    assert str(counted["message"]).startswith(f"7 more lines like this were left out in {WINDOW:.0f} s")


def test_a_long_message_is_cut_in_its_middle(written: Written) -> None:
    log.warning("%s", "a" * 100_000 + "z" * 100_000)
    found = str(written.lines[0]["message"])
    assert len(found) <= logs.LONGEST_MESSAGE
    assert found.startswith("aaa")
    assert found.endswith("zzz")
    assert "characters left out" in found


def test_a_long_traceback_keeps_the_error_at_its_end(written: Written) -> None:
    try:
        raise ValueError("long " * 100_000 + "the end")
    except ValueError:
        log.exception("it failed")
    found = str(written.lines[0]["exception"])
    assert len(found) <= logs.LONGEST_EXCEPTION
    assert found.startswith("Traceback")
    assert found.endswith("the end")
