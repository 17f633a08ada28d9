"""Limits of the variables of one request, checked before they are coerced: coercion looks at every value."""

from __future__ import annotations

from typing import Any

from gateway.schema.limits import OverLimit

MOST_VALUES = 2_000
MOST_CHARACTERS = 64_000
MOST_VALUES_OF_MUTATION = 50_000
"""A plan is imported whole. Its text is bounded by the body of the request."""


def check(values: Any, *, mutation: bool) -> None:
    """Raise `OverLimit` for variables with too many values, or, unless of a mutation, too many characters of text.

    Items of lists, values of objects, and those lists and objects count, declared or not; names of fields are text.
    What is looked at is bounded, however large and deep the variables are.
    """
    most = MOST_VALUES_OF_MUTATION if mutation else MOST_VALUES
    found, characters = 0, 0
    waiting = [values]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, dict | list):
            found += len(value)
            if found > most:
                raise _too_many(most, mutation)
            waiting.extend(value.values() if isinstance(value, dict) else value)
            if isinstance(value, dict):
                characters += sum(map(len, value))
        if characters > MOST_CHARACTERS and not mutation:
            raise OverLimit(
                f"The variables hold more than {MOST_CHARACTERS:,} characters of text, the most that a query or"
                " a subscription may. Send several requests."
            )


def _too_many(most: int, mutation: bool) -> OverLimit:
    what = "a mutation" if mutation else "a query or a subscription"
    return OverLimit(
        f"The variables hold more than {most:,} values, items of lists and fields of objects included, the most that"
        f" {what} may. Send several requests."
    )
