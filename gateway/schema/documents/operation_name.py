"""The name of a GraphQL operation's span, which is known once its document was read."""

from __future__ import annotations

from graphql import OperationDefinitionNode
from opentelemetry import trace

_MOST_NAME = 100
"""Characters of an operation's name, which its caller chooses."""


def name_operation(operation: OperationDefinitionNode) -> None:
    """Give the current span, which is the operation's where traces are on, the operation's type and name."""
    span = trace.get_current_span()
    if not span.is_recording():
        return
    span.update_name(operation.operation.value)
    span.set_attribute("graphql.operation.type", operation.operation.value)
    if operation.name is not None:
        span.set_attribute("graphql.operation.name", operation.name.value[:_MOST_NAME])
