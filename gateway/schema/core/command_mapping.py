"""GraphQL inputs as commands: field by field under the same names; what was left out takes the command's default.

null is the same as left out, except in a command that changes what is there: there it takes a field's value away.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar

import msgspec
from strawberry import UNSET

from goldenthread.contracts.commands.base import Change, Command

K = TypeVar("K", bound=Command)


def command(kind: type[K], input: Any) -> K:
    """The command an input asks for."""
    plain = {name: value for name, value in _plain(input).items() if name != "idempotencyKey"}
    empty = [name for name in _nulls(input) if name != "idempotencyKey"]
    more = {"clear": empty} if empty and issubclass(kind, Change) else {}
    return msgspec.convert({**plain, **more, "type": kind.__struct_config__.tag}, kind)


def _nulls(input: Any) -> list[str]:
    """The fields that were sent as null. (A field that was left out is UNSET where that makes a difference.)"""
    return [_camel(field.name) for field in fields(input) if getattr(input, field.name) is None]


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        given = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {_camel(name): _plain(each) for name, each in given if each is not None and each is not UNSET}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.title() for word in rest)
