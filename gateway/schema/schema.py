"""The schema: built once per process, printed into `gateway/schema.graphql`."""

from __future__ import annotations

from functools import cache
from inspect import cleandoc

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema, Undefined
from strawberry.schema.config import StrawberryConfig

from gateway.schema import goals, organisation
from gateway.schema.base import read
from gateway.schema.mutations import Mutation
from gateway.schema.queries import Query

TYPES = [goals.Purpose, goals.Why, goals.Objective, goals.KeyResult, organisation.Person]


@cache
def make() -> strawberry.Schema:
    """The schema."""
    config = StrawberryConfig(default_resolver=read, disable_field_suggestions=True)
    schema = strawberry.Schema(query=Query, mutation=Mutation, types=TYPES, config=config)
    _tidy(schema._schema)
    return schema


def sdl() -> str:
    """The schema as text, as it stands in `gateway/schema.graphql`."""
    return make().as_str() + "\n"


def _tidy(schema: GraphQLSchema) -> None:
    """An optional argument has no default rather than the default null; classes' docstrings describe types."""
    for kind in schema.type_map.values():
        definition = kind.extensions.get("strawberry-definition")
        said = getattr(getattr(definition, "origin", None), "__doc__", None)
        if definition is not None and kind.description is None and said:
            kind.description = definition.description = cleandoc(said)
        for field in getattr(kind, "fields", {}).values():
            for value in [field] if isinstance(kind, GraphQLInputObjectType) else field.args.values():
                if value.default_value is None:
                    value.default_value = Undefined
                    value.default = None
