"""A text that must not be seen: tokens, passwords, URLs with a password, the keys that messages are signed with."""

from __future__ import annotations

import hmac
from typing import Any, NoReturn

_MASK = "Secret('…')"


class Secret:
    """Holds a text that only `reveal` gives away.

    `str`, `repr`, every format, logs and tracebacks show a mask. What would write it by accident (JSON, msgspec,
    pickle) raises TypeError; where it has to travel, the encoder is given `revealed` and the decoder `hidden`.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def __repr__(self) -> str:
        return _MASK

    def __format__(self, _: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        """Whether the texts are equal; how long that takes does not tell where they differ."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(*(each._text.encode("utf-8", "surrogatepass") for each in (self, other)))

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, _: Any) -> Secret:
        return self

    def __reduce_ex__(self, _: Any) -> NoReturn:
        raise TypeError("a Secret is not pickled; pass on what `reveal` gives, on purpose")


def revealed(value: Any) -> str:
    """`enc_hook` of an encoder whose reader is meant to get the secrets."""
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(f"{type(value).__name__} cannot be encoded")


def hidden(kind: type[Any], value: Any) -> Secret:
    """`dec_hook` of a decoder: a text becomes a Secret where the type says so."""
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError(f"a text was expected, not {type(value).__name__}")
