"""The words and signs of which people write periods, each with what it is; English and German, and some French."""

from __future__ import annotations

import re
from typing import NamedTuple

from goldenthread.contracts.texts import folded

_MONTHS = (
    "january jan januar jänner jaenner",
    "february feb februar feber",
    "march mar märz maerz mär mrz",
    "april apr",
    "may mai",
    "june jun juni",
    "july jul juli",
    "august aug",
    "september sep sept",
    "october oct oktober okt",
    "november nov",
    "december dec dezember dez",
)
_PARTS = {
    3: "q qtr quarter quartal trimestre",
    4: "tertial",
    6: "h hy hj half halbjahr semestre",
}
"""By their months."""
_NUMBERS = (
    "i first erstes erste ersten",
    "ii second zweites zweite zweiten",
    "iii third drittes dritte dritten",
    "iv fourth viertes vierte vierten",
)
_FISCAL = "fy gj wj fiscal geschäftsjahr geschaeftsjahr wirtschaftsjahr"
_CALENDAR = "cy kj calendar kalenderjahr"
_TO = "to bis through thru until till"
_FILLING = frozenset(["of", "in", "the", "des", "der", "im"])
_AFTER_A_NUMBER = frozenset(["st", "nd", "rd", "th", "er"])
_PHRASES = (
    (re.compile(r"\bhalf[ -]year\b"), "half"),
    (re.compile(r"\b(?:fiscal|financial|business) year\b"), "fy"),
    (re.compile(r"\bcalendar year\b"), "cy"),
)
_SIGNS = str.maketrans(dict.fromkeys("–—−‐‑‒", "-") | dict.fromkeys("’‘`´", "'"))
_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+|\S")
_YEAR, _SHORT_YEAR = 4, 2
"""Digits of them."""


class PeriodToken(NamedTuple):
    """A word or sign. `kind` is one letter: `Y` a number of four digits, `D` of two, `N` of one, or the word for it;
    `P` a part of a year (`value` its months), `M` a month (1 to 12), `F` and `C` the word for a fiscal and a calendar
    year, `~` the word between the two ends of a range, `?` what no period has. A sign is its own kind.
    """

    kind: str
    value: int = 0


def _words() -> dict[str, PeriodToken]:
    found = {word: PeriodToken("M", at) for at, words in enumerate(_MONTHS, 1) for word in words.split()}
    found |= {word: PeriodToken("P", months) for months, words in _PARTS.items() for word in words.split()}
    found |= {word: PeriodToken("N", at) for at, words in enumerate(_NUMBERS, 1) for word in words.split()}
    marks = (("F", _FISCAL), ("C", _CALENDAR), ("~", _TO))
    return found | {word: PeriodToken(kind) for kind, words in marks for word in words.split()}


_WORDS = _words()


def tokenize_period(text: str) -> list[PeriodToken]:
    """A text in its tokens, without blanks and words that only fill."""
    clean = folded(text.translate(_SIGNS))
    for phrase, word in _PHRASES:
        clean = phrase.sub(word, clean)
    found: list[PeriodToken] = []
    for word in _TOKEN.findall(clean):
        if word in _FILLING or (word in _AFTER_A_NUMBER and found and found[-1].kind == "N"):
            continue
        found.append(_token(word))
    return found


def _token(word: str) -> PeriodToken:
    if word[0] in "0123456789":
        kind = {1: "N", _SHORT_YEAR: "D", _YEAR: "Y"}.get(len(word), "?")
        return PeriodToken(kind, int(word) if kind != "?" else 0)
    if word in _WORDS:
        return _WORDS[word]
    return PeriodToken(word if word in "-/_.,'" else "?")
