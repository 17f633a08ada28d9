"""What a run of digits is as a number: with a point as its decimal mark, with a comma, with either, or with neither."""

from __future__ import annotations

import re
from enum import StrEnum
from math import isfinite

_SAME_GROUPS = r"[1-9]\d{0,2}(?P<blank>[ '’])\d{3}(?:(?P=blank)\d{3})*"
_GROUPED = rf"[1-9]\d{{0,2}}(?:,\d{{3}})+|{_SAME_GROUPS}|\d*"
_NUMBER = re.compile(
    rf"(?P<whole>{_GROUPED})(?:\.(?P<part>\d*))?(?P<exponent>[eE][+-]?\d+)?",
    re.ASCII,
)
_LAKHS = re.compile(r"[1-9]\d?(,\d\d)+,\d{3}(\.\d+)?", re.ASCII)
"""As people in India group them: `12,34,567`."""
_REST = re.compile(r"0\d\d", re.ASCII)
"""What is left of `1,000` where the comma was taken for the end of a cell; nobody writes a number of its own so."""
_SWAPPED = str.maketrans(".,", ",.")


class DecimalMark(StrEnum):
    """What stands between the whole number and its decimals. The other one, or a blank, stands between thousands."""

    POINT = "."
    COMMA = ","


def parse_digits(digits: str, mark: DecimalMark, power: int = 0) -> float | None:
    """`digits` times ten to the `power`, where its decimal mark is `mark`; None where it is no number then.

    Nothing that begins with 0 is a group of thousands, and `000` may be the rest of a number.
    """
    if _REST.fullmatch(digits):
        return None
    if mark is DecimalMark.COMMA:
        digits = digits.translate(_SWAPPED)
    elif _LAKHS.fullmatch(digits):
        digits = digits.replace(",", "")
    parts = _NUMBER.fullmatch(digits)
    if parts is None or not (parts["whole"] or parts["part"]):
        return None
    whole, part, exponent = parts["whole"] or "0", parts["part"] or "0", parts["exponent"]
    if exponent and (power or not whole.isdigit()):
        return None
    whole = whole if whole.isdigit() else re.sub("[, '’]", "", whole)
    found = float(f"{whole}.{part}{exponent or f'e{power}'}")
    return found if isfinite(found) else None
