"""Documents that cost much."""

from __future__ import annotations

from typing import Any


def bomb(levels: int) -> str:
    """Fragments that each spread the next one twice."""
    fragments = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return "{ ...F0 } " + " ".join(fragments) + f" fragment F{levels} on Query {{ viewer {{ __typename }} }}"


def codes(result: Any) -> list[Any]:
    """The codes of the errors of an answer."""
    return [(error.extensions or {}).get("code") for error in result.errors or []]
