"""Which cycle that is here a name with days may mean."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from goldenthread.contracts.entities import Cycle, Policy
from goldenthread.exchange.dates import periods
from services.goals.domain.imports.known_cycles import Days, KnownCycles, overlap


def days(first: int, last: int) -> Days:
    return date(2026, 1, first), date(2026, 1, last)


def cycle(id: str, first: int, last: int, name: str = "Sprint") -> Cycle:
    return Cycle(id, name, *days(first, last), open=False)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (days(1, 3), days(4, 6), False),
        (days(1, 4), days(4, 6), True),
        (days(2, 3), days(1, 6), True),
        (days(1, 1), days(1, 1), True),
    ],
)
def test_days_overlap_where_one_of_them_is_common(one: Days, other: Days, common: bool) -> None:
    assert (overlap(one, other), overlap(other, one)) == (common, common)


def test_a_name_means_the_last_cycle_of_its_time_and_without_days_the_last_of_all() -> None:
    known = KnownCycles(Policy(), [cycle("b", 11, 20), cycle("a", 1, 10), cycle("c", 11, 20), cycle("d", 21, 25, "X")])
    for stated, id in ((days(5, 6), "a"), (days(15, 30), "c"), (None, "c"), (days(21, 30), None)):
        found = known.of_time("sprint", stated)
        assert (found and found.id) == id
    assert known.of_time("other", None) is None


def test_a_closed_cycle_is_found_beside_an_open_one_of_the_same_name() -> None:
    period = periods.parse_period("Q1 2026")
    assert period is not None
    over = Cycle("a", "Q1 2026", date(2026, 1, 1), date(2026, 3, 31), open=False)
    again = replace(over, id="b", open=True)
    known = KnownCycles(Policy(), [over, again])
    first_quarter = known.days(period)
    assert first_quarter is not None
    assert known.closed("q1 2026", period, first_quarter) == over
    assert KnownCycles(Policy(), [again]).closed("q1 2026", period, first_quarter) is None
