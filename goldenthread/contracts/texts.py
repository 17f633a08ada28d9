"""What a text may consist of, wherever one is kept: what can be shown, stored and exported."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_NO_TEXT = "\ud800-\udfff\ufffe\uffff"
_OF_A_TEXT = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_NO_TEXT}]")
_OF_A_LINE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_NO_TEXT}]")
_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_UNSEEN = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"}
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and symbols of which nothing is seen."""


def wrong(text: str, *, line: bool = False) -> str | None:
    """What is wrong with a text, if anything, as the rest of a sentence about it: nothing of it can be seen, or it has
    control characters. Tabs and line breaks are allowed, unless it is to be one `line`.
    """
    if text.isascii() and text.isprintable() and text and not text.isspace():
        return None  # as most texts are
    if not visible(text):
        return "is empty; write at least a word"
    found = (_OF_A_LINE if line else _OF_A_TEXT).search(text)
    if found is None:
        return None
    if line and found[0] in _BREAKS:
        return "has a line break; write it on one line"
    return f"contains the character U+{ord(found[0]):04X}, which is no text; remove it"


def first_of(texts: Sequence[str], most: int, between: str = ", ") -> str:
    """The first `most` of many texts in a sentence, and how many more there are: `a, b and 3 more`."""
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return between.join(texts[:most]) + more


def headline(text: str) -> str:
    """The first line of a text that can be seen, with single blanks; empty where there is none."""
    return " ".join(next((line for line in text.splitlines() if visible(line)), "").split())


def cleaned(text: str) -> str:
    """`text` without the characters that no text has."""
    return _OF_A_TEXT.sub("", text)


def visible(text: str) -> bool:
    """Whether anything of it can be seen: more than blanks, control characters, and characters without width."""
    return any(char not in _FILLERS and unicodedata.category(char) not in _UNSEEN for char in text)


def folded(name: str) -> str:
    """How names are compared: they are the same where they differ in case, in blanks, or in how accents are stored."""
    if name.isascii():
        return " ".join(name.lower().split())
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    return " ".join(name.casefold().split())
