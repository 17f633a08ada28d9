"""One day as a person writes it, and all that it can be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from enum import Enum, auto

from goldenthread.exchange.dates.month_names import MONTHS, WEEKDAYS, name_key
from goldenthread.exchange.text.tidying import one_line

LONGEST = 40
CENTURY = 2000
"""Years of two digits are 2000 to 2049; others may be of the century before, and are not read."""
_HALF, _A_CENTURY = 50, 100
_YEARS = 5
"""As many years lie between the first and the last of a plan, at most."""
_MONTHS_A_YEAR = 12
_TIME = r"(?:,? \d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?)?"
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(T.*| \d\d:.*|Z|[+-]\d\d:\d\d)?", re.ASCII)
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([/.-]) ?(\d{{1,2}})\2 ?(\d{{4}}|\d\d){_TIME}", re.ASCII | re.IGNORECASE)
_IDEOGRAPHS = re.compile(r"(\d{4}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日", re.ASCII)
_RUN_TOGETHER = re.compile(r"(19\d\d|20\d\d|21\d\d)(\d\d)(\d\d)", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_TIME_AT_END = re.compile(rf"(?<=\S){_TIME}\Z", re.ASCII | re.IGNORECASE)
_FILLERS = {"of", "de", "del", "le", "den", "the", "d"}
_DAY_OF_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|º)?", re.ASCII)
_PERIOD = re.compile(
    r".*(\bq ?[1-4]\b|\bh ?[12]\b|\bfy|quart|trimest|halbjahr|semest|\bkw ?\d|\bw\d\d?\b).*", re.IGNORECASE
)
_FULL_WIDTH = {at: at - 0xFEE0 for at in range(0xFF01, 0xFF5F)}
_FULL_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)", re.ASCII)
_EPOCH = date(1899, 12, 30)
_SERIALS = range((date(1990, 1, 1) - _EPOCH).days, (date(2101, 1, 1) - _EPOCH).days)


class DateOrder(Enum):
    """What comes first in a date of numbers. `CERTAIN`: a date says it itself."""

    CERTAIN = auto()
    DAY_FIRST = auto()
    MONTH_FIRST = auto()
    YEAR_FIRST = auto()


Days = dict[DateOrder, date]


def date_order(texts: Iterable[str], year_first: bool | None = None) -> DateOrder | None:
    """The order of days and months in a file that has these dates; None when they do not tell, or contradict.

    `year_first`: what they tell of short years. Where that is not that they stand last, `26-01-05` tells nothing here.
    """
    found: set[DateOrder] = set()
    for text in texts:
        parts = _year_last_parts(text)
        if parts is None or parts[2] == "." or (_may_begin_with_year(parts) and year_first is not False):
            continue
        if (int(parts[1]) > _MONTHS_A_YEAR) != (int(parts[3]) > _MONTHS_A_YEAR):
            found.add(DateOrder.DAY_FIRST if int(parts[1]) > _MONTHS_A_YEAR else DateOrder.MONTH_FIRST)
    return found.pop() if len(found) == 1 else None


def years_come_first(texts: Iterable[str]) -> bool | None:
    """Whether the year stands first in dates such as `26-01-05` of a file; None: nothing tells, or there are none.

    Years of one plan are few and near each other, also to those that are written in full; its days are not.
    """
    first, last, known = set[int](), set[int](), set[int]()
    for text in texts:
        parts = _year_last_parts(text)
        if parts is None:
            known.update(int(year) % _A_CENTURY for year in _FULL_YEAR.findall(text[:LONGEST]))
        elif _may_begin_with_year(parts):
            first.add(int(parts[1]))
            last.add(int(parts[4]))
        elif parts[2] == "-" and len(parts[4]) == 2:
            return False
        else:
            known.add(int(parts[4]) % _A_CENTURY)
    if not first:
        return None
    first |= known
    last |= known
    return True if _are_years(first, last) else False if _are_years(last, first) else None


def parse_day(text: str, order: DateOrder | None = None, year_first: bool | None = None) -> date:
    """The day in a text, in a file of this order, where short years stand first or last (`year_first`). Raises
    ValueError, with words for a person, when it is none or could be two.
    """
    days = possible_days(text)
    if year_first is not None:
        days = {name: each for name, each in days.items() if (name is DateOrder.YEAR_FIRST) is year_first} or days
    if len({*days.values()}) == 1:
        return next(iter(days.values()))
    if order is not None and order in days and DateOrder.YEAR_FIRST not in days:
        return days[order]
    both = " or ".join(map(str, dict.fromkeys(days.values())))
    raise ValueError(f"“{one_line(text)}” may be {both}; write the one that is meant")


def possible_days(text: str) -> Days:
    """All days that a text can be. Raises ValueError, with words for a person, where there is none."""
    tidy = one_line(text)
    try:
        days = _days(tidy.translate(_FULL_WIDTH)) if len(tidy) <= LONGEST else {}
    except ValueError as error:
        raise ValueError(f"“{tidy}” is not read: {error}") from None
    if not days:
        raise ValueError(_why_not(tidy))
    return days


def serial_day(text: str) -> date | None:
    """The day that a spreadsheet counts as this number, from 1990 to 2100, where it is one (46387 is 2026-12-31)."""
    parts = _SERIAL.fullmatch(text.strip()) if len(text) <= LONGEST else None
    return _EPOCH + timedelta(int(parts[1])) if parts and int(parts[1]) in _SERIALS else None


def _days(tidy: str) -> Days:
    for pattern in (_YEAR_FIRST, _IDEOGRAPHS, _RUN_TOGETHER):
        if parts := pattern.fullmatch(tidy):
            return _certain(int(parts[1]), int(parts[2]), int(parts[3]))
    if parts := _YEAR_LAST.fullmatch(tidy):
        return _year_last(parts)
    return _in_words(tidy)


def _year_last(parts: re.Match[str]) -> Days:
    """`31/12/2026`, `12/31/26`, `31.12.26`. With dots the day is first; `31-12-26` may have its year first as well."""
    first, mark, second, year = int(parts[1]), parts[2], int(parts[3]), _year(parts[4])
    days = {DateOrder.DAY_FIRST: _date(year, second, first)}
    if mark != ".":
        days[DateOrder.MONTH_FIRST] = _date(year, first, second)
    if _may_begin_with_year(parts):
        days[DateOrder.YEAR_FIRST] = _date(CENTURY + first, second, int(parts[4]))
    return {order: each for order, each in days.items() if each is not None}


def _year_last_parts(text: str) -> re.Match[str] | None:
    return _YEAR_LAST.fullmatch(one_line(text)) if len(text) <= LONGEST else None


def _may_begin_with_year(parts: re.Match[str]) -> bool:
    return parts[2] == "-" and len(parts[4]) == 2 and len(parts[1]) == 2 and int(parts[1]) < _HALF


def _are_years(these: set[int], others: set[int]) -> bool:
    """Are `these` rather the years of a plan than the others?"""
    far = max(others) - min(others) > _YEARS
    return max(these) - min(these) <= _YEARS and (far or len(these) < len(others))


def _in_words(tidy: str) -> Days:
    """A day, a month in words and a year: `31-Dec-26`, `Dec 31st, 2026`, `31 de diciembre de 2026`, `2026-Dec-31`."""
    words = [word for word in _words(_TIME_AT_END.sub("", tidy)) if word not in _FILLERS]
    weekday = WEEKDAYS.get(words[0]) if len(words) == 4 else None
    if len(words) - (weekday is not None) != 3:
        return {}
    first, second, third = words[-3:]
    if re.fullmatch("[0-9]{4}", first):
        first, third = third, first
    day, month = (second, first) if first in MONTHS else (first, second)
    if month not in MONTHS or not re.fullmatch("[0-9]{2}|[0-9]{4}", third):
        return {}
    days = _certain(_year(third), MONTHS[month], _day_of_month(day))
    return days if weekday is None or all(each.weekday() == weekday for each in days.values()) else {}


def _words(tidy: str) -> list[str]:
    return [name_key(word) for word in re.split(r"[\s.,/’'-]+", tidy) if word]


def _certain(year: int, month: int, day: int) -> Days:
    found = _date(year, month, day)
    return {} if found is None else {DateOrder.CERTAIN: found}


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year(text: str) -> int:
    """The year. Raises ValueError, with words for a person, for one of two digits that may be of two centuries."""
    year = int(text)
    if len(text) > 2:
        return year
    if year >= _HALF:
        raise ValueError(f"its year {text} may be {CENTURY - 100 + year} or {CENTURY + year}; write all of it")
    return CENTURY + year


def _day_of_month(text: str) -> int:
    parts = _DAY_OF_MONTH.fullmatch(text)
    return int(parts[1]) if parts else 0


def _why_not(tidy: str) -> str:
    shown = f"“{tidy[:LONGEST]}”"
    if len(tidy) <= LONGEST and _PERIOD.fullmatch(tidy):
        return f"{shown} is not a date, it is a period: write 2026-12-31, or put it in the column Time Period"
    words = _words(tidy[:LONGEST])
    if len(words) == 2 and any(word in MONTHS for word in words):
        return f"{shown} is not a date: it has no day, or no year; write all of it, such as 2026-12-31"
    return f"{shown} is not a date; write 2024-12-31"
