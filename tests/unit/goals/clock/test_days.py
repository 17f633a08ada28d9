"""Days are closed once each, when they are over, wherever the clock leaps and however often it comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.goals.domain.clock.days import MOST, Days, first_days

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
hours = st.integers(-24 * 400, 24 * 400)


class Clock:
    """Closes days as goals does, at whatever times; `said` are the days it closed, and when."""

    def __init__(self, at: datetime = START) -> None:
        self.days = first_days(at)
        self.said: list[tuple[date, datetime]] = []

    def tick(self, at: datetime) -> list[date]:
        self.days = self.days.back(at)
        closed: list[date] = []
        while over := self.days.over(at):
            assert len(over) <= MOST + 1
            self.days = self.days.closed(over)
            closed += over
        self.said += [(day, at) for day in closed]
        return closed

    def daily(self, first: datetime, days: int) -> None:
        for n in range(days):
            self.tick(first + timedelta(days=n))

    def last_closed(self) -> dict[date, datetime]:
        return dict(self.said)


def all_days(first: datetime, last: datetime) -> list[date]:
    """From the day of `first` to the one before that of `last`."""
    return [first.date() + timedelta(days=n) for n in range((last.date() - first.date()).days)]


@given(st.lists(st.integers(0, 24 * 300), max_size=8))
def test_a_clock_that_goes_forward_closes_every_day_once_in_order(steps: list[int]) -> None:
    clock, now = Clock(), START
    for step in steps:
        now += timedelta(hours=step)
        clock.tick(now)
    assert [day for day, _ in clock.said] == all_days(START, now)


@given(st.lists(hours, max_size=8))
def test_wherever_the_clock_goes_no_day_that_is_over_stays_open_and_none_is_closed_before(leaps: list[int]) -> None:
    clock, first = Clock(), START
    for leap in leaps:
        now = START + timedelta(hours=leap)
        first = min(first, now) if not clock.said else first
        clock.tick(now)
        closed = {day for day, _ in clock.said}
        assert closed.issuperset(all_days(first, now))
        assert all(at.date() > day for day, at in clock.said)


@given(st.integers(0, 30), st.integers(2, 400), st.integers(0, 3), st.integers(0, 24 * 20))
def test_after_a_leap_ahead_and_back_every_day_is_closed_when_it_is_over(
    before: int, ahead: int, wrong: int, back: int
) -> None:
    """The days passed one by one, then `ahead` at once and `wrong` more, then `back` hours after the leap again."""
    clock = Clock()
    clock.daily(START, before + 1)
    leapt = START + timedelta(days=before, hours=1)
    clock.daily(leapt + timedelta(days=ahead), min(wrong, ahead) + 1)
    returned = leapt + timedelta(hours=min(back, (ahead - 1) * 24))
    clock.daily(returned, 20 + ahead)
    last = clock.last_closed()
    for day in all_days(returned, returned + timedelta(days=19 + ahead)):
        assert timedelta() < last[day] - datetime(day.year, day.month, day.day, tzinfo=UTC) < timedelta(days=2), day
    for day in all_days(START, leapt):
        assert [each for each, _ in clock.said].count(day) == 1


@given(st.integers(3, 60), st.integers(1, 400), st.integers(1, 10))
def test_a_clock_that_falls_behind_and_comes_back_closes_no_day_twice(before: int, behind: int, wrong: int) -> None:
    clock = Clock()
    clock.daily(START, before)
    now = START + timedelta(days=before - 1)
    clock.daily(now - timedelta(days=behind), wrong)
    clock.daily(now, 10)
    days = [day for day, _ in clock.said]
    assert days == all_days(START, max(now + timedelta(days=9), now - timedelta(days=behind - wrong + 1)))


def test_an_organization_founded_ahead_closes_the_days_that_follow_once_the_clock_is_right() -> None:
    clock = Clock(START + timedelta(days=100))
    clock.tick(START + timedelta(days=100, hours=1))
    clock.daily(START, 4)
    assert [day for day, _ in clock.said] == all_days(START, START + timedelta(days=3))


def test_the_days_of_an_organization_from_before_leaps_were_kept_are_not_opened_again() -> None:
    days = Days(date(2026, 4, 15), date(2026, 4, 15))
    assert days.back(START) == days
    assert days.over(START) == []


@pytest.mark.parametrize("now", [datetime(2026, 3, 10, 0, 0, tzinfo=UTC), datetime(2026, 3, 10, 23, 59, tzinfo=UTC)])
def test_a_day_is_over_at_midnight_utc(now: datetime) -> None:
    assert Days(date(2026, 3, 9), date(2026, 3, 9)).over(now) == [date(2026, 3, 9)]
    assert Days(date(2026, 3, 10), date(2026, 3, 9)).over(now) == []


# -- what belongs to a leap --------------------------------------------------------------------------------------------

FIRST = date(2026, 3, 1)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def noon(number: int) -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=number)


@pytest.mark.parametrize(("pending", "closed"), [(99, 99), (100, 100), (101, 101), (102, 100)])
def test_no_single_day_of_a_leap_is_left_over_for_the_next_transaction(pending: int, closed: int) -> None:
    """It would count as closed by itself, in its time."""
    assert len(Days(FIRST, FIRST).over(noon(pending))) == closed


def test_a_leap_that_takes_several_transactions_is_one_leap() -> None:
    days = Days(FIRST, FIRST).closed([day(0), day(1)])
    assert days == Days(day(2), FIRST, 2)
    assert days.closed([day(2), day(3), day(4)]) == Days(day(5), FIRST, 5)


def test_a_leap_of_which_one_day_is_left_goes_on_as_the_same_leap() -> None:
    back = Days(day(5), FIRST, 5).back(noon(1))
    assert back == Days(day(1), FIRST, 1)
    assert back.closed([day(1), day(2)]) == Days(day(3), FIRST, 3)


def test_a_leap_after_days_that_passed_one_by_one_is_another_leap() -> None:
    days = Days(day(5), FIRST, 5).closed([day(5)])
    assert days == Days(day(6), FIRST, 5)
    assert days.closed([day(6), day(7)]) == Days(day(8), day(6), 2)


@pytest.mark.parametrize("now", [5, 6, 7])
def test_days_that_were_closed_one_by_one_after_a_leap_are_not_opened_again(now: int) -> None:
    days = Days(day(7), FIRST, 5)
    assert days.back(noon(now)) == days


def test_a_day_of_the_leap_is_open_again_where_the_clock_comes_back_to_it() -> None:
    assert Days(day(7), FIRST, 5).back(noon(4)) == Days(day(4), FIRST, 4)
    assert Days(day(7), FIRST, 5).back(noon(-3)) == Days(FIRST, FIRST, 0)


@pytest.mark.parametrize(("alone", "opened"), [(5, True), (6, False)])
def test_where_more_days_passed_one_by_one_than_in_the_leap_it_is_the_clock_of_now_that_is_wrong(
    alone: int, opened: bool
) -> None:
    days = Days(day(5 + alone), FIRST, 5)
    assert (days.back(noon(2)) != days) is opened
