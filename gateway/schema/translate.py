"""GraphQL inputs as commands: field by field under the same names; what was left out takes the command's default."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar

import msgspec
from strawberry import UNSET

from goldenthread.contracts.command import Command

K = TypeVar("K", bound=Command)


def command(kind: type[K], input: Any) -> K:
    """The command an input asks for."""
    plain = _plain(input)
    plain.pop("idempotencyKey", None)
    return msgspec.convert({**plain, "type": kind.__struct_config__.tag}, kind)


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
