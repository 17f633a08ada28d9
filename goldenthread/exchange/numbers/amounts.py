"""One number as a person writes it: digits, the signs and words beside them, and what both may mean.

What a number is can depend on how its file writes numbers (`1.500`): that is not decided here (`decimal_marks`).
"""

from __future__ import annotations

import re

from msgspec import Struct

from goldenthread.exchange.numbers.digits import DecimalMark, parse_digits
from goldenthread.exchange.numbers.number_errors import number_error
from goldenthread.exchange.numbers.unit_words import NO_UNIT, NumberUnit, currency, parse_unit
from goldenthread.exchange.text.tidying import one_line

LONGEST = 40
_PARTS = re.compile(
    r"(?P<before>\D*?)\s*(?P<digits>[.,]?\d(?:[\d.,'’ ]*\d)?\.?(?:[eE][+-]?\d+)?)\s*(?P<after>\D*)", re.ASCII
)
_MAY_BE_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_FULL_WIDTH = {at: at - 0xFEE0 for at in range(0xFF01, 0xFF5F)} | {ord("−"): "-"}
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202c\u202d\u2060\u2066\u2069\ufeff"))
_SIGNS = ("%", "$", "€", "£", "¥")


class Amount(Struct, frozen=True):
    """A number in a text: what it is with a decimal point and with a decimal comma (None: it is no number then), and
    the `unit` or scale that stands beside it.
    """

    text: str
    point: float | None
    comma: float | None
    unit: NumberUnit = NO_UNIT

    @property
    def ambiguous(self) -> bool:
        """Could it be two numbers?"""
        return self.point is not None and self.comma is not None and self.point != self.comma

    @property
    def mark(self) -> DecimalMark | None:
        """The decimal mark that it must have been written with; None where it does not tell."""
        if self.point is None:
            return DecimalMark.COMMA
        return DecimalMark.POINT if self.comma is None else None

    def value(self, mark: DecimalMark | None) -> float:
        """The number, in a file with this decimal mark. Raises ValueError where it could be two and nothing tells."""
        if self.ambiguous:
            if mark is None:
                both = sorted({self.point or 0.0, self.comma or 0.0}, key=abs, reverse=True)
                named = " or ".join(map(format_unambiguously, both))
                raise ValueError(f"“{self.text}” may be {named}, and the file does not tell; write {named}")
            return (self.point if mark is DecimalMark.POINT else self.comma) or 0.0
        found = self.comma if self.point is None else self.point
        assert found is not None
        return found


def exact_amount(number: float) -> Amount:
    """A number that a program keeps as one."""
    return Amount(format_number(number), number, number)


def parse_amount(text: str) -> Amount:
    """The number in a text. Raises ValueError, with words for a person, when it is none."""
    tidy = one_line(text)
    if not tidy.isascii():
        tidy = tidy.translate(_FULL_WIDTH).translate(_UNSEEN)
    parts = _PARTS.fullmatch(_inside(tidy)) if len(tidy) <= LONGEST else None
    if parts is None:
        raise ValueError(number_error(text))
    negative, before = _signs(parts["before"], bracketed=tidy.startswith("("))
    if negative is None or (before and currency(before) is None):
        raise ValueError(number_error(text))
    found = _unit_of(text, parts["digits"], parts["after"].strip(), before)
    digits = parts["digits"].removesuffix(".") if parts["digits"][:-1].isdigit() else parts["digits"]
    point, comma = (parse_digits(digits, mark, found.power) for mark in DecimalMark)
    if point is None and comma is None:
        raise ValueError(number_error(text))
    if negative:
        point, comma = (None if each is None else 0.0 - each for each in (point, comma))
    return Amount(tidy, point, comma, found)


def parse_number(text: str) -> tuple[float, str | None]:
    """The value and the sign beside it (`%`, `$`, `€` …), where nothing but the number itself tells what it is: then
    its decimal mark is a point. Raises ValueError, with words for a person, when it is no such number.
    """
    found = parse_amount(text)
    if found.unit.power or (found.unit.written and found.text.strip("()+-0123456789.,'’ ") not in _SIGNS):
        raise ValueError(f"“{text[:LONGEST]}” is not a number")
    return found.value(DecimalMark.POINT), found.unit.written or None


def format_number(number: float) -> str:
    """A number as everybody reads it, as far as that goes."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def format_unambiguously(number: float) -> str:
    """A number as every reader reads it: `1.125` with one more 0, which nobody takes for a thousand and more."""
    text = format_number(number)
    return f"{text}0" if _MAY_BE_THOUSANDS.fullmatch(text) else text


def _inside(tidy: str) -> str:
    return tidy[1:-1].strip() if tidy.startswith("(") and tidy.endswith(")") else tidy


def _signs(before: str, *, bracketed: bool) -> tuple[bool | None, str]:
    """Whether a number is negative (None: its signs make no sense), and what else stands before it."""
    tidy = before.strip()
    signs = [each for each in (tidy[:1], tidy[-1:] if len(tidy) > 1 else "") if each in ("+", "-")]
    if len(signs) > 1 or (signs and bracketed):
        return None, ""
    return bracketed or "-" in signs, tidy.strip("+-").strip() if signs else tidy


def _unit_of(text: str, digits: str, after: str, before: str) -> NumberUnit:
    try:
        found = parse_unit(after, before)
    except ValueError as error:
        raise ValueError(
            f"“{text[:LONGEST]}” may be {error}; write the number in full, and its unit in the column Measure Unit"
        ) from None
    if found is None:
        raise ValueError(number_error(text, digits, after))
    return found
