"""The tidying of texts that every format needs: white space, line ends, placeholders."""

from __future__ import annotations

import re

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85]")
_PLACEHOLDER = re.compile(
    r"\[[^\]]*\b(to be (determined|defined|decided|supplied|provided|added|completed|announced)|tbd|tba|tbs"
    r"|(not|none) (yet )?(stated|specified|determined|defined|provided|available|applicable|given))\b[^\]]*\]"
    r"|to be (determined|defined|decided|announced)|tbd|tba|n/?a|\[\s*(\.\.\.|…)?\s*\]"
    r"|\$\{.*\}",
    re.IGNORECASE,
)
_BEGINS = frozenset("[tTnN$")
"""What a placeholder begins with: most cells need no closer look."""


def one_line(text: str) -> str:
    """`text` with every run of white space made one blank."""
    return " ".join(text.split())


def paragraph(text: str) -> str | None:
    """`text` with its own lines kept, whatever ends them, trimmed; None when nothing is left."""
    return _LINE_ENDS.sub("\n", text).strip() or None


def is_placeholder(text: str) -> bool:
    """True for text that stands where text should be: `[To be determined]`, `TBD`, `N/A`, `${date}`."""
    tidy = text.strip()
    return tidy[:1] in _BEGINS and len(text) <= 120 and _PLACEHOLDER.fullmatch(tidy) is not None
