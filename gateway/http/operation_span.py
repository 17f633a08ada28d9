"""The span of a GraphQL operation, as OpenTelemetry's conventions have it: over HTTP below the request's, on a socket
the first of its trace. A subscription's lasts as long as that; each of its messages has a span of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from graphql import GraphQLError, OperationDefinitionNode
from opentelemetry.trace import Span, SpanKind, StatusCode

from gateway.schema.documents.parser import parse
from goldenthread.runtime.observability import tracing
from goldenthread.runtime.web.jwt import Caller

_MOST_NAME = 100
"""Characters of an operation's name, which its caller chooses."""
_OURS = ("INTERNAL", "UNAVAILABLE")
"""Codes of errors that are not the caller's."""


@contextmanager
def operation_span(document: str, operation_name: str | None, caller: Caller) -> Iterator[Span]:
    """While an operation is executed. Neither its document, which may hold texts, nor its variables are in it."""
    attributes = _attributes(document, operation_name) if tracing.is_on() else {}
    if caller.organization is not None:
        attributes[tracing.ORGANIZATION] = caller.organization
    name = attributes.get("graphql.operation.type", "GraphQL Operation")
    with tracing.span(name, SpanKind.SERVER, attributes=attributes) as span:
        yield span


def name_errors(span: Span, errors: Sequence[GraphQLError] | None) -> None:
    """Say in an operation's span with which code its first error has ended it; ours make it a failed one."""
    if errors and span.is_recording():
        code = str((errors[0].extensions or {}).get("code", "INTERNAL"))
        span.set_attribute("error.type", code)
        if code in _OURS:
            span.set_status(StatusCode.ERROR)


def _attributes(document: str, operation_name: str | None) -> dict[str, str]:
    """The type and the name of the operation that is executed; none of a document that cannot be read."""
    try:
        definitions = parse(document).definitions
    except GraphQLError:
        return {}
    for each in definitions:
        if isinstance(each, OperationDefinitionNode):
            name = each.name.value if each.name is not None else None
            if operation_name in (None, name):
                found = {"graphql.operation.type": each.operation.value}
                return found if name is None else found | {"graphql.operation.name": name[:_MOST_NAME]}
    return {}
