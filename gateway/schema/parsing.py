"""How documents are read: remembered, and unambiguous."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import ParserCache, SchemaExtension


class Remembered(ParserCache):
    """Strawberry's cache; a document that does not parse is left to the parser itself, which says so in its place."""

    def on_parse(self) -> Iterator[None]:
        """Take the document from the cache."""
        context = self.execution_context
        with suppress(GraphQLError):
            context.graphql_document = self.cached_parse_document(context.query, **context.parse_options)
        yield


class OneOperation(SchemaExtension):
    """A document with several operations must say which one is meant; none is picked for the caller."""

    def on_validate(self) -> Iterator[None]:
        """Comes after the cache of validation in the schema's list: what that found stands."""
        context = self.execution_context
        document = context.graphql_document
        operations = (
            [each for each in document.definitions if isinstance(each, OperationDefinitionNode)] if document else []
        )
        if len(operations) > 1 and context._provided_operation_name is None and not context.pre_execution_errors:
            context.pre_execution_errors = [GraphQLError("Say which operation to run: send its `operationName`.")]
        yield
