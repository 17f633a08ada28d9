"""The words that tools and people have for the way a key result is to move."""

from __future__ import annotations

from goldenthread.contracts.enums import Direction
from goldenthread.exchange.values.cell_words import word_key

_LONGEST = 40
_WORDS = {
    Direction.INCREASE: (
        "increase, increasing, up, higher, grow, raise, maximize, maximise, ascending, higher is better, "
        "more is better, increase to, increase from, ↑, ⬆, steigern, steigend, erhöhen, wachsen, hoch, "
        "mehr ist besser, höher ist besser, maximieren"
    ),
    Direction.DECREASE: (
        "decrease, decreasing, down, lower, reduce, minimize, minimise, descending, lower is better, less is better, "
        "decrease to, decrease from, reduce to, ↓, ⬇, senken, sinkend, verringern, reduzieren, weniger ist besser, "
        "niedriger ist besser, minimieren"
    ),
    Direction.STAY_ABOVE: "stay above, keep above, above, at least, >=, ≥, >, mindestens, über, nicht unter",
    Direction.STAY_BELOW: "stay below, keep below, below, at most, <=, ≤, <, höchstens, maximal, unter, nicht über",
}
_DIRECTIONS = {word_key(text): direction for direction, texts in _WORDS.items() for text in texts.split(", ")}
_EITHER = "maintain, keep, hold, control, stay, stable, halten, beibehalten, stabil, stabil halten"


def parse_direction(text: str) -> Direction:
    """The direction of a key result. Raises ValueError, with words for a person, for no such."""
    found = _DIRECTIONS.get(word_key(text))
    if found is None and word_key(text).replace("_", " ") in _EITHER.split(", "):
        raise ValueError(
            f"“{text.strip()}” may be {Direction.STAY_ABOVE} or {Direction.STAY_BELOW}; write the one that is meant"
        )
    if found is None:
        raise ValueError(f"“{text[:_LONGEST]}” is not one of {', '.join(Direction)}")
    return found
