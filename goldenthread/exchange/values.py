"""The values people write into cells: numbers, dates in several orders, statuses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from math import isfinite

from goldenthread.contracts.enums import Direction, LinkKind, ProgressStatus
from goldenthread.exchange.text import is_placeholder, one_line

_LONGEST = 40
_UNIT = re.compile(r"^(?P<before>[$€£¥]?)\s*(?P<number>.*?)\s*(?P<after>[%$€£¥]?)$")
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_GROUPED_BY_DOTS = re.compile(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}", re.ASCII)
_GROUPED_BY_BLANKS = re.compile(r"\d{1,3}([ '’]\d{3})+([.,]\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"\d+,\d+", re.ASCII)
_PLAIN = re.compile(r"(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(T.*| \d\d:.*|Z|[+-]\d\d:\d\d)?", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_IN_WORDS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d-%b-%Y")
_STATUSES = {
    ProgressStatus.ON_TRACK: ("on track", "on target", "green"),
    ProgressStatus.AT_RISK: ("at risk", "needs attention", "amber", "yellow"),
    ProgressStatus.OFF_TRACK: ("off track", "behind", "red"),
}


def is_empty(text: str) -> bool:
    """True for a cell that says nothing: blank, a dash, or a placeholder."""
    return text.strip() in ("", "-", "–", "—", "?") or is_placeholder(text)


def number(text: str, decimal_comma: bool = False) -> tuple[float, str | None]:
    """The value and the sign beside it (`%`, `$`, `€` …). `1,234` is a thousand unless `decimal_comma`.

    Raises ValueError, with words for a person, when it is no finite number.
    """
    tidy = one_line(text).replace("−", "-")
    negative = tidy.startswith("-") or (tidy.startswith("(") and tidy.endswith(")"))
    parts = _UNIT.match(tidy.strip("()").lstrip("+-").strip()) if len(tidy) <= _LONGEST else None
    digits = _digits(parts["number"], decimal_comma) if parts else None
    value = float(digits) if digits else None
    if parts is None or value is None or not isfinite(value):
        raise ValueError(f"“{text[:_LONGEST]}” is not a number")
    return -value if negative else value, parts["before"] or parts["after"] or None


def _digits(text: str, decimal_comma: bool) -> str | None:
    if decimal_comma and _DECIMAL_COMMA.fullmatch(text):
        return text.replace(",", ".")
    if _GROUPED.fullmatch(text):
        return text.replace(",", "")
    if _GROUPED_BY_DOTS.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    if _GROUPED_BY_BLANKS.fullmatch(text):
        return re.sub("[ '’]", "", text).replace(",", ".")
    if _DECIMAL_COMMA.fullmatch(text):
        return text.replace(",", ".")
    return text if _PLAIN.fullmatch(text) else None


def months_first(texts: Iterable[str]) -> bool | None:
    """Whether `3/4/2024` is in March (True) or April (False) beside these dates; None when they do not tell."""
    found: set[bool] = set()
    for text in texts:
        parts = _YEAR_LAST.fullmatch(text.strip()) if len(text) <= _LONGEST else None
        if parts and parts[2] != "." and (int(parts[1]) > 12) != (int(parts[3]) > 12):
            found.add(int(parts[3]) > 12)
    return found.pop() if len(found) == 1 else None


def day(text: str, month_first: bool | None = None) -> date:
    """The date. Year first, day first with dots, slashes by `month_first`, or a month in words.

    Raises ValueError, with words for a person, when it is no date or could be two.
    """
    tidy = one_line(text)
    try:
        found = _day(tidy, month_first) if len(tidy) <= _LONGEST else None
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise ValueError(f"“{tidy[:_LONGEST]}” is not a date; write 2024-12-31")
    if len(found) > 1:
        raise ValueError(f"“{tidy}” may be {' or '.join(map(str, found))}; write the one that is meant")
    return found[0]


def _day(tidy: str, month_first: bool | None) -> list[date] | None:
    if parts := _YEAR_FIRST.fullmatch(tidy):
        return [date(int(parts[1]), int(parts[2]), int(parts[3]))]
    if parts := _YEAR_LAST.fullmatch(tidy):
        first, second, year = int(parts[1]), int(parts[3]), int(parts[4])
        if parts[2] == "." or first > 12 or first == second or month_first is False:
            return [date(year, second, first)]
        if second > 12 or month_first:
            return [date(year, first, second)]
        return [date(year, second, first), date(year, first, second)]
    for form in _IN_WORDS:
        try:
            return [datetime.strptime(tidy.replace(",", "").replace(". ", " "), form).date()]
        except ValueError:
            continue
    return None


def status(text: str) -> ProgressStatus:
    """The status a person means. Raises ValueError, with words for a person, for any other."""
    tidy = word(text).replace("_", " ")
    for found, words in _STATUSES.items():
        if tidy in words:
            return found
    raise ValueError(f"“{text[:_LONGEST]}” is not a status; write On Track, At Risk or Off Track")


def direction(text: str) -> Direction:
    """The direction of a key result. Raises ValueError, with words for a person, for no such."""
    try:
        return Direction(word(text).upper())
    except ValueError:
        raise ValueError(f"“{text[:_LONGEST]}” is not one of {', '.join(Direction)}") from None


def link_kind(text: str) -> LinkKind:
    """The kind of a link. Raises ValueError, with words for a person, for no such."""
    try:
        return LinkKind(word(text).upper())
    except ValueError:
        raise ValueError(f"“{text[:_LONGEST]}” is not one of {', '.join(LinkKind)}") from None


def word(text: str) -> str:
    """`Key-Result ` as `key_result`: how names of columns, types and choices are compared."""
    return re.sub(r"[\s_-]+", "_", text.strip().casefold()) if len(text) <= _LONGEST else ""
