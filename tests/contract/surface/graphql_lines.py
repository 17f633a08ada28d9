"""The GraphQL schema as lines: every type, field with its arguments, enum value, member of a union and directive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import language as graphql

from gateway.schema.build import sdl


def lines() -> Iterator[str]:
    """The whole schema, without descriptions."""
    return (line for node in graphql.parse(sdl(), no_location=True).definitions for line in _definition(node))


def _definition(node: Any) -> Iterator[str]:
    name = node.name.value if getattr(node, "name", None) else "schema"
    above = [f"& {graphql.print_ast(each)}" for each in getattr(node, "interfaces", None) or ()]
    above += [f"on {each.value}" for each in getattr(node, "locations", ())]
    yield " ".join([node.kind.removesuffix("_definition"), *above, _member(node)])
    for key in ("fields", "values", "operation_types"):
        yield from (f"{name}.{_member(each)}" for each in getattr(node, key, None) or ())
    yield from (f"{name} | {graphql.print_ast(each)}" for each in getattr(node, "types", None) or ())


def _member(node: Any) -> str:
    """A field, argument, enum value or the head of a type, without its description."""
    arguments = ", ".join(_member(each) for each in getattr(node, "arguments", None) or ())
    kind, default = (getattr(node, key, None) for key in ("type", "default_value"))
    name = node.name.value if getattr(node, "name", None) else str(node.operation.value)
    return "".join(
        [
            name,
            f"({arguments})" if arguments else "",
            f": {graphql.print_ast(kind)}" if kind else "",
            f" = {graphql.print_ast(default)}" if default else "",
            *(f" {graphql.print_ast(each)}" for each in node.directives or ()),
        ]
    )
