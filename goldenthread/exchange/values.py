"""What every cell has in common: whether it says anything, and how words in it are compared."""

from __future__ import annotations

import re

from goldenthread.contracts.enums import LinkKind
from goldenthread.exchange.text import is_placeholder

_LONGEST = 40


def is_empty(text: str) -> bool:
    """True for a cell that says nothing: blank, a dash, or a placeholder."""
    return not text or text.strip() in ("", "-", "–", "—", "?") or is_placeholder(text)


def word(text: str) -> str:
    """`Key-Result ` as `key_result`: how names of columns, types and choices are compared."""
    return re.sub(r"[\s_-]+", "_", text.strip().casefold()) if len(text) <= _LONGEST else ""


def link_kind(text: str) -> LinkKind:
    """The kind of a link. Raises ValueError, with words for a person, for no such."""
    try:
        return LinkKind(word(text).upper())
    except ValueError:
        raise ValueError(f"“{text[:_LONGEST]}” is not one of {', '.join(LinkKind)}") from None
