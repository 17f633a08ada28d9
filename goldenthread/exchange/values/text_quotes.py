"""Texts in cells that a spreadsheet program would keep as something else: numbers, days, times, truth values, errors.

A title `007` becomes 7 when a program opens a sheet and saves it, `1-2` the first of February, `true` TRUE. A quote
before such a text keeps it: it is a text to every program, and `unquoted` takes the quote away again.
"""

from __future__ import annotations

import re

from goldenthread.exchange.dates.month_names import MONTHS, name_key
from goldenthread.exchange.values.cell_words import is_error

_LONGEST = 60
"""Characters of a text that a program may take for a value; none of them is longer."""
_SAFE = re.compile(r"0|[1-9]\d{0,10}", re.ASCII)
"""Whole numbers that every program writes as they were."""
_SIGNS = re.compile(r"[\d\s.,:;/'’%‰()+\-–−$€£¥#]*")
_WORDS = re.compile(r"[^\W\d_]+")
_TRUTHS = frozenset(
    ["true", "false", "wahr", "falsch", "vrai", "faux", "vero", "falso", "verdadero", "verdadeiro", "waar", "onwaar"]
)
_BESIDE_DIGITS = frozenset(["am", "pm", "of", "de"])
_POWER = re.compile(r"(?<=\d)[eE](?=[-+]?\d)", re.ASCII)


def quoted(cell: str) -> str:
    """`cell` so that a program keeps it as the text that it is. `unquoted` gives the text back, to the character."""
    return f"'{cell}" if _is_value(cell.lstrip("'")) else cell


def unquoted(cell: str) -> str:
    """What `quoted` was given."""
    return cell[1:] if cell.startswith("'") and _is_value(cell.lstrip("'")) else cell


def _is_value(text: str) -> bool:
    """Whether a program may take a text for a value that it writes in another way. In doubt, it may."""
    text = text.strip()
    if not text or len(text) > _LONGEST or "\n" in text or _SAFE.fullmatch(text):
        return False
    if name_key(text) in _TRUTHS or is_error(text):
        return True
    text = _POWER.sub("", text)
    if not any(sign.isdigit() for sign in text) or _SIGNS.fullmatch(_WORDS.sub("", text)) is None:
        return False
    return all(word in MONTHS or word in _BESIDE_DIGITS for word in map(name_key, _WORDS.findall(text)))
