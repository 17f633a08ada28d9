"""Idempotency keys: what a caller names a command by, so that sending it again does not do it again.

What is answered under a key that came before: `runtime/idempotency/keyed_commands.py`.
"""

from __future__ import annotations

import hashlib
import re

import msgspec
from msgspec import Struct

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


def input_hash(command: Struct) -> bytes:
    """SHA-256 of a command as JSON: what tells whether a command under a key is the one that came under it before.

    Databases have it for thirty days: a command hashes to the same in the next release.
    """
    return hashlib.sha256(msgspec.json.encode(command)).digest()
