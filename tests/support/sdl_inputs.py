"""Values for the inputs of the API, made from its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_required_input_field,
)

SCALARS: dict[str, Any] = {
    "String": "x", "ID": "x_1", "Int": 1, "Float": 0.5, "Boolean": True, "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z",
}  # fmt: skip
Path = tuple[str, ...]


def given(kind: GraphQLInputType, known: Mapping[str, Any] | None = None, name: str = "") -> Any:
    """A value of this type, of what it requires only. `known` says what fields of a name are given."""
    if known and name in known:
        return known[name]
    if isinstance(kind, GraphQLNonNull):
        return given(kind.of_type, known, name)
    if isinstance(kind, GraphQLList):
        return [given(kind.of_type, known, name)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        needed = {each: field for each, field in kind.fields.items() if is_required_input_field(field)}
        return {each: given(field.type, known, each) for each, field in needed.items()}
    return SCALARS[kind.name]


def paths(kind: GraphQLInputObjectType, *above: str) -> Iterator[tuple[Path, GraphQLInputType]]:
    """Every field of an input, with its type, in objects and lists of them too."""
    for name, field in kind.fields.items():
        yield (*above, name), field.type
        inside = get_named_type(field.type)
        if isinstance(inside, GraphQLInputObjectType):
            yield from paths(inside, *above, name)


def put(kind: GraphQLInputObjectType, path: Path, value: Any, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What an input requires, with `value` at `path`, as the only item where that is a list."""
    whole = given(kind, known)
    at, inside = whole, kind
    for step in path[:-1]:
        field = inside.fields[step]
        found = at.setdefault(step, given(field.type, known, step))
        at, inside = found[0] if isinstance(found, list) else found, get_named_type(field.type)
    at[path[-1]] = [value] if _is_list(inside.fields[path[-1]].type) else value
    return dict(whole)


def _is_list(kind: GraphQLInputType) -> bool:
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)
