"""JSON schemas as lines: every path with its type, its default or that it is required, and every value of an enum.

Names of classes do not appear: they are not on the wire.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

_STRUCTURE = {"$defs", "$ref", "additionalProperties", "anyOf", "default", "description", "discriminator", "enum"}
_STRUCTURE |= {"items", "prefixItems", "properties", "required", "title", "type"}


def of_type(at: str, kind: Any) -> Iterator[str]:
    """The lines of what msgspec reads as `kind`, each beginning with `at`."""
    schema = msgspec.json.schema(_encodable(kind), schema_hook=lambda _: {"type": "string"})
    return _lines(at, schema, schema.get("$defs", {}), frozenset())


def leaves(at: str, value: Any) -> Iterator[str]:
    """Every leaf of a JSON document with its path, except descriptions."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            if name not in ("description", "summary") or isinstance(each, dict):
                yield from leaves(f"{at}.{name}", each)
    elif isinstance(value, list) and value:
        for each in value:
            yield from leaves(f"{at}[]", each)
    else:
        yield f"{at} = {compact(value)}"


def compact(value: Any) -> str:
    """JSON on one line, its keys sorted."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _encodable(kind: Any) -> Any:
    """The type itself; of a struct with a default of raw JSON, which msgspec cannot show, the same without defaults."""
    if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return kind
    fields = msgspec.structs.fields(kind)
    if not any(isinstance(field.default, msgspec.Raw) for field in fields):
        return kind
    return msgspec.defstruct(kind.__name__, [(field.encode_name, field.type) for field in fields])


def _lines(at: str, schema: Any, defs: Any, above: frozenset[str], presence: str = "") -> Iterator[str]:
    branches = list(_branches(schema, defs, None))
    yield f"{at}: {' | '.join(sorted({_words(each) for _, each in branches}))}{presence}"
    for name, each in branches:
        if name in above:  # a type that contains itself
            continue
        below = above if name is None else above | {name}
        inner = f"{at}<{_tag(each, schema)}>" if "discriminator" in schema else at
        yield from (f"{inner} = {compact(value)}" for value in each.get("enum", ()))
        for field, of in each.get("properties", {}).items():
            yield from _lines(f"{inner}.{field}", of, defs, below, _presence(each, field))
        for number, of in enumerate(each.get("prefixItems", ())):
            yield from _lines(f"{inner}[{number}]", of, defs, below)
        for key, mark in (("items", "[]"), ("additionalProperties", "{}")):
            if isinstance(each.get(key), dict):
                yield from _lines(inner + mark, each[key], defs, below)


def _branches(schema: Any, defs: Any, name: str | None) -> Iterator[tuple[str | None, Any]]:
    """What a value may be, references resolved, each with the name of its definition."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield from _branches(defs[name], defs, name)
    elif "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _branches(each, defs, name)
    else:
        yield name, schema


def _tag(schema: Any, union: Any) -> str:
    return str(schema["properties"][union["discriminator"]["propertyName"]]["enum"][0])


def _words(schema: Any) -> str:
    limits = {key: value for key, value in schema.items() if key not in _STRUCTURE}
    closed = ["closed"] if schema.get("additionalProperties") is False else []
    kind = "enum" if "enum" in schema else schema.get("type", "any")
    return " ".join([*closed, str(kind), *([compact(limits)] if limits else [])])


def _presence(schema: Any, field: str) -> str:
    if field in schema.get("required", ()):
        return ", required"
    default = schema["properties"][field].get("default", ...)
    return ", optional" if default is ... else f", default {compact(default)}"
