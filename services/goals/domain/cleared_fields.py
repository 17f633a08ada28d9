"""The fields that a change clears (sets to null), where they may be empty."""

from __future__ import annotations

from msgspec import UNSET

from goldenthread.contracts.commands.base import Change
from goldenthread.contracts.errors import ErrorCode, refuse

_OF_THE_COMMAND = ("clear", "dryRun")


def cleared(command: Change, *may_be_empty: str) -> frozenset[str]:
    """The fields (in camelCase) that `command` clears. Raises `Refused` for one that always says something, for one
    that is also given a value, and for one that the command does not have.
    """
    asked = [] if command.clear is UNSET else command.clear
    names = dict(zip(command.__struct_encode_fields__, command.__struct_fields__, strict=True))
    for index, name in enumerate(asked):
        if name not in names or name in _OF_THE_COMMAND:
            raise refuse(
                ErrorCode.INVALID, "This is no field of the command; name one of its fields.", "clear", str(index)
            )
        if name not in may_be_empty:
            message = f"{name} cannot be taken away (null); give a value, or leave it out to keep what is there."
            raise refuse(ErrorCode.INVALID, message, name)
        if getattr(command, names[name]) is not None:
            message = f"{name} is given a value and taken away at once; do one of the two."
            raise refuse(ErrorCode.INVALID, message, name)
    return frozenset(asked)
