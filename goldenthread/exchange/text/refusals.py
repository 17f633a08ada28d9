"""The refusal of a whole file, whatever its format."""

from __future__ import annotations

from goldenthread.contracts.errors import ErrorCode, Refused, refuse


def invalid(message: str) -> Refused:
    """The refusal of a whole file, to be raised."""
    return refuse(ErrorCode.INVALID, message, "content")
