"""What every cell has in common: whether it says anything, and how words in it are compared."""

from __future__ import annotations

import re

from goldenthread.contracts.enums import LinkKind
from goldenthread.exchange.text import is_placeholder

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


def word(text: str) -> str:
    """`Key-Result ` as `key_result`: how names of columns, types and choices are compared."""
    return re.sub(r"[\s_-]+", "_", text.strip().casefold()) if len(text) <= _LONGEST else ""


def link_kind(text: str) -> LinkKind:
    """The kind of a link. Raises ValueError, with words for a person, for no such."""
    try:
        return LinkKind(word(text).upper())
    except ValueError:
        raise ValueError(f"“{text[:_LONGEST]}” is not one of {', '.join(LinkKind)}") from None
