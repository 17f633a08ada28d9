"""The damage that a spreadsheet program does to an export that it saves again: such a cell is no edit.

It is told from an edit by what was exported: a program that shows fewer digits rounds a number, one of another country
writes it with other signs, one that saves in an old encoding writes `?` for a sign that this has not.
"""

from __future__ import annotations

import re
from itertools import groupby

_NUMBERS = ("start_value", "target_value", "current_value", "confidence")
_IN_POWERS = re.compile(r"\d[eE][+-]?\d", re.ASCII)
_MAY_BE_TWO = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_ROUNDED, _ROUNDED_POWERS = 5e-9, 5.01e-6
"""How far a program's number is from what it had, as a part of it: 9 digits, or 6 where it writes `1.23457E+11`."""
_WHOLE = 1e11
"""Whole numbers below are written with all of their digits."""
_ENCODING = "cp1252"
DAMAGED = "what the program that saved the file left of the old text; it is no edit"


def is_damaged(name: str, base: str, theirs: str, text: str | None) -> bool:
    """Whether a cell that said `base` and says something else now was only saved again. `text` is what stands in it."""
    if not base or not theirs:
        return False
    if name in _NUMBERS:
        text = (text or "").strip()
        return _rounded(base, theirs, in_powers=_IN_POWERS.search(text) is not None) or _read_otherwise(base, text)
    return "?" in theirs and not base.isascii() and _replaced(base, theirs)


def _rounded(base: str, theirs: str, *, in_powers: bool) -> bool:
    before, now = float(base), float(theirs)
    if before.is_integer() and abs(before) < _WHOLE:
        return False
    part = _ROUNDED_POWERS if in_powers else _ROUNDED
    return _digits(now) < _digits(before) and abs(now - before) <= abs(before) * part


def _read_otherwise(base: str, text: str) -> bool:
    """Whether a text that may be two numbers (`1.125`, `1,125`) may be the one that it was."""
    if _MAY_BE_TWO.fullmatch(text) is None:
        return False
    return float(base) in (float(text.replace(",", ".")), float(re.sub("[.,]", "", text)))


def _digits(number: float) -> int:
    """How many digits a number has, without zeros before and after them."""
    return len(re.sub(r"[eE].*|\D", "", repr(number)).strip("0"))


def _replaced(base: str, theirs: str) -> bool:
    """Whether `theirs` is `base` with one `?`, or two, for each sign that the encoding has not."""
    if abs(len(theirs) - len(base)) > len(base):
        return False
    return re.fullmatch("".join(_saved(list(signs)) for _, signs in groupby(base, _shown)), theirs) is not None


def _saved(signs: list[str]) -> str:
    """A pattern of what is left of signs that are all kept, or that are all `?` afterwards."""
    if _shown(signs[0]):
        return re.escape("".join(signs))
    return rf"\?{{{len(signs)},{2 * len(signs) - signs.count('?')}}}"


def _shown(sign: str) -> bool:
    """Whether a sign is kept, and is no `?` by itself."""
    return sign != "?" and _has(sign)


def _has(sign: str) -> bool:
    try:
        return bool(sign.encode(_ENCODING))
    except UnicodeEncodeError:
        return False
