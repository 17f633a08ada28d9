"""What every cell has in common: whether it says anything, and how words in it are compared."""

from __future__ import annotations

import re

from goldenthread.contracts.enums import LinkKind
from goldenthread.exchange.text.tidying import is_placeholder

PROPOSED, STALE = "proposed", "out of date"
"""What a sheet says of a link that is not accepted yet, and of one whose because was written before its parent was
revised.
"""
_YES, _NO = ("yes", "true", "x", "1", "ja", "wahr"), ("no", "false", "0", "nein", "falsch")
_LONGEST = 40
_ERROR = re.compile(
    r"#(n/a|ref!|value!|name\?|div/0!|num!|null!|nv|bezug!|wert!|zahl!|error!|spill!|calc!)", re.IGNORECASE
)


def is_empty(text: str) -> bool:
    """True for a cell that says nothing: blank, a dash, or a placeholder."""
    return not text or text.strip() in ("", "-", "–", "—", "?") or is_placeholder(text)


def is_error(text: str) -> bool:
    """Whether a cell says that its formula found nothing: `#N/A`, `#REF!`, in German `#NV`, `#BEZUG!`."""
    return "#" in text and _ERROR.fullmatch(text.strip()) is not None


def word_key(text: str) -> str:
    """`Key-Result ` as `key_result`: how names of columns, types and choices are compared."""
    return re.sub(r"[\s_-]+", "_", text.strip().casefold()) if len(text) <= _LONGEST else ""


def parse_yes_no(text: str) -> bool:
    """Whether a cell says yes. Raises ValueError, with words for a person, for what is neither yes nor no."""
    if word_key(text) not in (*_YES, *_NO):
        raise ValueError(f"“{text[:_LONGEST]}” is neither yes nor no")
    return word_key(text) in _YES


def parse_link_state(text: str) -> str:
    """`PROPOSED` or `STALE`. Raises ValueError, with words for a person, for no such."""
    for state in (PROPOSED, STALE):
        if word_key(text) == word_key(state):
            return state
    raise ValueError(f"“{text[:_LONGEST]}” is neither “{PROPOSED}” nor “{STALE}”")


def parse_link_kind(text: str) -> LinkKind:
    """The kind of a link. Raises ValueError, with words for a person, for no such."""
    try:
        return LinkKind(word_key(text).upper())
    except ValueError:
        raise ValueError(f"“{text[:_LONGEST]}” is not one of {', '.join(LinkKind)}") from None
