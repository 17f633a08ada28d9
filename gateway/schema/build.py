"""The schema: built once per process, printed into `gateway/schema.graphql`."""

from __future__ import annotations

from functools import cache
from inspect import cleandoc

import strawberry
from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLType,
    Undefined,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from gateway.errors import ErrorCodes
from gateway.schema.core.executor import BudgetedExecutor, ReadingCharge
from gateway.schema.core.node import read
from gateway.schema.documents.document_cache import DocumentCache
from gateway.schema.documents.document_reader import DocumentReader
from gateway.schema.documents.introspection_cache import IntrospectionCache
from gateway.schema.mutations.mutation import Mutation
from gateway.schema.queries import Query
from gateway.schema.subscriptions import Subscription
from gateway.schema.types.key_results import KeyResult
from gateway.schema.types.objectives import Objective
from gateway.schema.types.people import Person, ServiceAccount
from gateway.schema.types.whys import Purpose, Why

TYPES = [Purpose, Why, Objective, KeyResult, Person, ServiceAccount]


class Schema(strawberry.Schema):
    """Strawberry's, without its own logging of errors: `ErrorCodes` logs what was not foreseen, and nothing else."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing to do here."""


@cache
def make(introspection: bool = True) -> strawberry.Schema:
    """The schema; without `introspection` nobody can ask what is in it."""
    documents, answers = DocumentCache(introspection), IntrospectionCache()
    config = StrawberryConfig(default_resolver=read, disable_field_suggestions=True)
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=TYPES,
        config=config,
        execution_context_class=BudgetedExecutor,
        extensions=[ErrorCodes, ReadingCharge, lambda: DocumentReader(documents, answers)],
    )
    _tidy(schema._schema)
    introspected = schema._schema.type_map["__Type"]
    assert isinstance(introspected, GraphQLObjectType)
    introspected.fields["isOneOf"].resolve = _is_one_of
    return schema


def sdl() -> str:
    """The schema as text, as it stands in `gateway/schema.graphql`."""
    return make().as_str() + "\n"


def _is_one_of(kind: GraphQLType, _: object) -> bool | None:
    """In place of Strawberry's own, which raises for types that wrap others."""
    if not isinstance(kind, GraphQLInputObjectType):
        return None
    definition = kind.extensions.get("strawberry-definition")
    return bool(definition is not None and definition.is_one_of)


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
