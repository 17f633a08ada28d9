"""How a request's document is read: within limits, remembered, and unambiguous; and its variables within limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType, parse
from strawberry.extensions import SchemaExtension

from gateway.errors import BadRequest
from gateway.schema.documents import variables
from gateway.schema.documents.document_cache import DocumentCache, ParsedDocument, UnreadableDocument
from gateway.schema.documents.introspection_cache import IntrospectionCache
from gateway.schema.documents.limits import OverLimit
from gateway.schema.documents.operation_name import name_operation

_NOTHING = parse("{ __typename }")
"""The placeholder for a document that was refused: an error raised while parsing would end a socket instead of its
operation.
"""


class DocumentReader(SchemaExtension):
    """Gives every operation its document, or the reasons why it is not run, over HTTP and sockets alike."""

    def __init__(self, documents: DocumentCache, answers: IntrospectionCache) -> None:
        super().__init__()
        self._documents, self._answers = documents, answers
        self._document: ParsedDocument | None = None
        self._errors: list[GraphQLError] = []

    def on_operation(self) -> Iterator[None]:
        """Read the document before Strawberry would."""
        context = self.execution_context
        try:
            document = self._documents.read(context.schema._schema, context.query)
            operation = _choose(document, context._provided_operation_name)
            variables.check(context.variables, mutation=operation.operation is OperationType.MUTATION)
        except (UnreadableDocument, OverLimit) as refused:
            self._errors = refused.errors if isinstance(refused, UnreadableDocument) else [refused]
            context.graphql_document, context._provided_operation_name = _NOTHING, None
        else:
            name_operation(operation)
            self._document = document
            context.graphql_document = document.node
        yield

    def on_validate(self) -> Iterator[None]:
        """The document was validated when it was read."""
        self.execution_context.pre_execution_errors = self._errors
        yield

    def on_execute(self) -> Iterator[None]:
        """What is asked about the schema alone is answered from memory the second time."""
        context = self.execution_context
        question = self._answers.question(self._document, context.operation_name, context.variables)
        known = self._answers.get(question)
        if known is not None:
            context.result = ExecutionResult(known, None)
        yield
        if known is None and context.result is not None:
            self._answers.put(question, context.result)


def _choose(document: ParsedDocument, wanted: Any) -> OperationDefinitionNode:
    """The operation to run, when it is clear. Raises `UnreadableDocument`; none is picked for the caller."""
    operations = document.operations()
    if not operations:
        raise UnreadableDocument(
            [BadRequest("The document has no operation. Send a query, a mutation or a subscription.")]
        )
    if wanted is None and len(operations) > 1:
        raise UnreadableDocument([BadRequest("Say which operation to run: send its `operationName`.")])
    named = [each for each in operations if wanted is None or (each.name and each.name.value == wanted)]
    if not named:
        raise UnreadableDocument([BadRequest("The document has no operation of this `operationName`.")])
    return named[0]
