"""Texts in cells that no spreadsheet takes for a formula, in whatever way it splits the file into cells.

A program that expects semicolons splits our cells at theirs, and at line ends, since quotes count only at the beginning
of a cell: `Grow;=1+1` becomes a cell that is a formula. So a quote is put wherever a cell could begin, before anything
that could be a formula there: at the start, and after `;` `|`, a tab or a line end.
"""

from __future__ import annotations

import re

FORMULA = "=+-@＝＋－＠﹦﹢﹣﹫⁼⁺₌₊⩵⩶﬩"
"""What a formula begins with, and what becomes that when Unicode's compatibility forms are replaced (NFKC)."""

_STARTS = r";|\t\r\n"
_NOTHING = r"\s\"'\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
"""Blanks, quotes and what is not seen: a program may drop them from the beginning of a cell."""
_AT_START = rf"(?:\A|(?<=[{_STARTS}]))"
_THEN_FORMULA = rf"(?=(?:(?![{_STARTS}])[{_NOTHING}])*[{re.escape(FORMULA)}])"
_UNGUARDED = re.compile(_AT_START + _THEN_FORMULA)
_GUARDED = re.compile(_AT_START + "'" + _THEN_FORMULA)


def guarded(cell: str) -> str:
    """`cell` so that no part of it is a formula to a spreadsheet. `unguarded` gives the text back, to the character."""
    return _UNGUARDED.sub("'", cell)


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return _GUARDED.sub("", cell) if "'" in cell else cell
