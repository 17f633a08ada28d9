"""Limits of the variables of one request: how many values are decoded at all, and how many are coerced.

Decoding makes an object of every value, and coercion looks at each of them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.schema.documents.limits import OverLimit

MOST_VALUES = 2_000
MOST_CHARACTERS = 64_000
MOST_VALUES_OF_MUTATION = 50_000
"""A plan is imported whole. Its text is bounded by the body of the request."""


_decoder = msgspec.json.Decoder(dict[str, Any] | None)


def decoded(text: bytes, most: int = MOST_VALUES_OF_MUTATION) -> dict[str, Any] | None:
    """The variables that `text`, valid JSON, holds. Raises `OverLimit` for more than twice as many values as any
    request may have (`most`), before they are decoded, and `msgspec.MsgspecError` for what is no object or null.
    """
    if not _few(text, 2 * most):
        raise _too_many(most, mutation=True)
    found: dict[str, Any] | None = _decoder.decode(text)
    return found


def _few(text: bytes, most: int) -> bool:
    """Whether valid JSON holds at most `most` values; false only where there are more than half as many.

    Before each value is a comma, or the bracket of its list or object; an empty list or object has a bracket and no
    value. A value with its name has at most four quotes. What is inside of texts does not count.
    """
    if _separators(text) <= most:
        return True
    text = text.replace(rb"\\", b"").replace(rb"\"", b"")
    return text.count(b'"') <= 4 * most and _separators(b"".join(text.split(b'"')[::2])) <= most


def _separators(text: bytes) -> int:
    return text.count(b",") + text.count(b"[") + text.count(b"{")


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
