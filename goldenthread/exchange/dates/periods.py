"""Planning periods as people write them (`Q1 2026`, `FY25/26`, `1. Halbjahr 2026`, `Jan - Mar 2026`), and their days.

A text that is no period, or could be two, is none: `S1 2026` is a sprint or a semester, `Jan 26` a month or a day,
`2010-11` a month or a year. Whole months only; years from 1990 to 2100.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from enum import Enum, auto
from typing import NamedTuple

from msgspec import Struct

from goldenthread.contracts.enums import FiscalYearName
from goldenthread.exchange.dates.period_tokens import PeriodToken, tokenize_period

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""The years that a period lies in."""
_LONGEST, _TOKENS = 60, 20
"""Characters and tokens of a text that can be one, at most."""
_YEAR = 12
"""Months of it."""
_CENTURY = 100


class YearKind(Enum):
    """Which year the parts of a period are counted in."""

    CALENDAR = auto()
    FISCAL = auto()
    """`FY26`: it is called after the calendar year that it ends in, or starts in."""
    STARTING = auto()
    """`2025/26`: a fiscal year that is called after both; 2025 is the one it starts in."""
    UNSTATED = auto()
    """`2026`: a year without a word beside it, which is that of the organization."""


class Period(Struct, frozen=True):
    """Whole months, `first` to `last`, both counted from the first month of year 0 in years of this `kind`.

    Two spellings of one period are equal.
    """

    kind: YearKind
    first: int
    last: int

    @property
    def months(self) -> int:
        """How long it is."""
        return self.last - self.first + 1

    @property
    def by_policy(self) -> bool:
        """Whether its days depend on when the organization's year begins."""
        return self.kind is not YearKind.CALENDAR


def parse_period(text: str) -> Period | None:
    """The period that a text names; None where it names none, or could name two."""
    if len(text) > _LONGEST:
        return None
    found = tokenize_period(text)
    if len(found) > _TOKENS:
        return None
    end = _end(found)
    if end is not None:
        return _period(end, end)
    ends = [(_end(found[:at]), _end(found[at + 1 :])) for at, token in enumerate(found) if token.kind in "-~"]
    if "".join(token.kind for token in found) == "Y-Y" and found[2].value == found[0].value + 1:
        return None  # A fiscal year, or both years.
    ranges = {period for first, last in ends if (period := _range(first, last)) is not None}
    return ranges.pop() if len(ranges) == 1 else None


def period_days(
    period: Period, starts: int = 1, named_by: FiscalYearName = FiscalYearName.END
) -> tuple[date, date] | None:
    """The first and the last day of a period, where a year begins in month `starts` (1 to 12) and is called `named_by`.

    None for a year that is called after two (`2025/26`) where every year lies in one.
    """
    if period.kind is YearKind.STARTING and starts == 1:
        return None
    shift = starts - 1 if period.by_policy else 0
    if shift and period.kind is not YearKind.STARTING and named_by is FiscalYearName.END:
        shift -= _YEAR
    (year, month), (ends, last) = divmod(period.first + shift, _YEAR), divmod(period.last + shift, _YEAR)
    return date(year, month + 1, 1), date(ends, last + 1, monthrange(ends, last + 1)[1])


def whole_months(first: date, last: date) -> int | None:
    """How many months lie between two days, both included; None where these are no whole months."""
    if first.day != 1 or last.day != monthrange(last.year, last.month)[1]:
        return None
    return (last.year - first.year) * _YEAR + last.month - first.month + 1


# -- one end of a range, or a whole period -----------------------------------------------------------------------------


class _Year(NamedTuple):
    kind: YearKind
    number: int
    sure: bool = True
    """False for two digits alone, which beside a month may be a day."""


class _End(NamedTuple):
    """A part of a year (or all of it): its months, how many such parts are before it, and its year if that is said."""

    months: int
    before: int
    year: _Year | None


_A_YEAR = r"Y(?:[/-][YD])?|'?D(?:[/-]D)?"
_A_PART = r"P\.?N|N\.?P\.?"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        rf"(?P<part>{_A_PART})(?:[-/_.,]?(?P<year>{_A_YEAR}))?",
        rf"(?P<year>{_A_YEAR})[-/_.,]?(?P<part>{_A_PART})",
        r"(?P<month>M\.?)(?:[-/_.,]?(?P<year>Y|'?D))?",
        r"(?P<year>Y)[-/_.,]?(?P<month>M\.?)",
        rf"(?P<year>{_A_YEAR})",
    )
)


def _end(found: Sequence[PeriodToken]) -> _End | None:
    marks = [token.kind for token in found if token.kind in ("F", "C")]
    if len(marks) > 1:
        return None
    rest = [token for token in found if token.kind not in ("F", "C")]
    while marks and rest and rest[0].kind in "-/_.,":  # FY-26
        del rest[0]
    kinds = "".join(token.kind for token in rest)
    match = next((match for shape in _SHAPES if (match := shape.fullmatch(kinds))), None)
    if match is None:
        return None
    has = {name: rest[slice(*match.span(name))] for name, text in match.groupdict().items() if text}
    kind = {"F": YearKind.FISCAL, "C": YearKind.CALENDAR}[marks[0]] if marks else YearKind.UNSTATED
    if "part" in has:
        return _part(has["part"], has.get("year"), kind)
    if "month" in has:
        return _month(has["month"][0].value, has.get("year"), kind)
    return _whole_year(has["year"], kind)


def _part(part: Sequence[PeriodToken], year: Sequence[PeriodToken] | None, kind: YearKind) -> _End | None:
    months = next(token.value for token in part if token.kind == "P")
    number = next(token.value for token in part if token.kind == "N")
    said = _year(year, kind) if year else None
    if not 1 <= number <= _YEAR // months or (year and said is None):
        return None
    return _End(months, number - 1, said)


def _month(number: int, year: Sequence[PeriodToken] | None, kind: YearKind) -> _End | None:
    """A month has the year of the calendar: in a fiscal year it could be meant otherwise."""
    said = _year(year, YearKind.CALENDAR) if year else None
    if kind is YearKind.FISCAL or (year and said is None):
        return None
    return _End(1, number - 1, said)


def _whole_year(year: Sequence[PeriodToken], kind: YearKind) -> _End | None:
    """A year for itself; or `2026-03`, the month."""
    kinds, last = "".join(token.kind for token in year), year[-1].value
    if kind is YearKind.UNSTATED and kinds[0] != "Y":
        return None
    said = _year(year, kind)
    if kind is YearKind.UNSTATED and kinds in ("Y-D", "Y/D") and 1 <= last <= _YEAR:
        iso = kinds == "Y-D" and said is None
        return _month(last, year[:1], kind) if iso else None
    if kind is YearKind.UNSTATED and kinds == "Y-Y":
        return None
    return _End(_YEAR, 0, said) if said is not None else None


def _year(year: Sequence[PeriodToken], kind: YearKind) -> _Year | None:
    numbers = [token for token in year if token.kind in "YD"]
    number = numbers[0].value
    if numbers[0].kind == "D":
        number += 1900 if number >= FIRST_YEAR % _CENTURY else 2000
    if not FIRST_YEAR <= number <= LAST_YEAR:
        return None
    if len(numbers) == 1:
        return _Year(kind, number, sure=len(year) > 1 or numbers[0].kind == "Y")
    following = number + 1 if numbers[1].kind == "Y" else (number + 1) % _CENTURY
    if numbers[1].value != following or kind is YearKind.CALENDAR:
        return None
    return _Year(YearKind.STARTING, number)


# -- what is between two ends ------------------------------------------------------------------------------------------


def _range(first: _End | None, last: _End | None) -> Period | None:
    """From one end to the other, both of one length; the year may stand at one of them only."""
    if first is None or last is None or first.months != last.months:
        return None
    if first.year is None and last.year is not None and not last.year.sure:
        last = last._replace(year=last.year._replace(sure=True))  # Jan - Mar 26 is no day.
    first, last = first._replace(year=first.year or last.year), last._replace(year=last.year or first.year)
    return _period(first, last)


def _period(first: _End, last: _End) -> Period | None:
    if first.year is None or last.year is None or first.year.kind is not last.year.kind:
        return None
    if first.months == 1 and not (first.year.sure and last.year.sure):
        return None
    begins = first.year.number * _YEAR + first.before * first.months
    ends = last.year.number * _YEAR + (last.before + 1) * last.months - 1
    return Period(first.year.kind, begins, ends) if begins <= ends else None
