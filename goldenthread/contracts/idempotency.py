"""Idempotency keys: what a caller names a command by, so that sending it again does not do it again."""

from __future__ import annotations

import re

from goldenthread.contracts.errors import ErrorCode, refuse

_KEY = re.compile(r"[!-~]([ -~]{0,198}[!-~])?")
"""Printable ASCII. It travels in a header, which loses the blanks at its ends."""


def idempotency_key(key: str) -> str:
    """The key, when it is one. Raises `Refused` (INVALID, at `idempotencyKey`)."""
    if not _KEY.fullmatch(key):
        message = (
            "An idempotency key has 1 to 200 printable ASCII characters, and no blank at its beginning or end;"
            " nothing was changed. Take a UUID, for example, or leave it out."
        )
        raise refuse(ErrorCode.INVALID, message, "idempotencyKey")
    return key
