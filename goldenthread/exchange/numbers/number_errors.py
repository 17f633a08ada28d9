"""Why a text is no number, in words for a person, with what to write instead."""

from __future__ import annotations

import re

_LONGEST = 40
_REMEDIES = (
    (
        r"0\d\d",
        "it may be the rest of one that was cut at a comma, as 1,000 is; put that in quotes, or write 1000",
    ),
    (r"#.*", "it is an error of a formula; mend the formula, or write the number"),
    (r"=.*", "it is a formula without its result; write the number"),
    (r"\(?(true|false|yes|no|wahr|falsch|ja|nein|y|n)\)?", "write 1 for yes and 0 for no"),
    (
        r"([<>≤≥]=?|=[<>]).*|.*\d\s*%?\s*\+|(at least|at most|min\.|max\.|mindestens|höchstens|maximal) .*",
        "write the number alone, and in the column Direction whether it is to STAY_ABOVE or STAY_BELOW",
    ),
    (r"([~≈±]|ca\.?|about|circa|etwa|approx\.?|rund) ?.*", "write the number alone"),
    (
        r"[\d.,]+ ?(/|of|von|out of) ?[\d.,]+ ?%?",
        "write the first number as Current Value, and the second as Target Value",
    ),
    (r"[\d.,]+ ?%? ?(-|–|—|to|bis|→|->) ?[\d.,]+ ?%?", "write one number; where it starts and ends are two columns"),
)
_PATTERNS = tuple((re.compile(pattern, re.ASCII | re.IGNORECASE), remedy) for pattern, remedy in _REMEDIES)


def number_error(text: str, digits: str = "", after: str = "") -> str:
    """`text` is no number, and what to do. `after` is what stands behind its `digits` and is not known here."""
    tidy = " ".join(text.split())
    named = f"“{tidy[:_LONGEST]}” is not a number"
    for pattern, remedy in _PATTERNS:
        if len(tidy) <= _LONGEST and pattern.fullmatch(tidy):
            return f"{named}: {remedy}"
    if after:
        return (
            f"{named}: “{after}” is no unit that is known here; write {digits}, and the unit in the column Measure Unit"
        )
    return f"{named}; write digits, such as 1500 or 12.5"
