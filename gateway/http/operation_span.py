"""The span of a GraphQL operation, as OpenTelemetry's conventions have it: over HTTP below the request's, on a socket
the first of its trace. A subscription's lasts as long as that; each of its messages has a span of its own.

The outcome of an operation, for the metric, follows from the same codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from graphql import GraphQLError
from opentelemetry.trace import Span, SpanKind, StatusCode

from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.observability import tracing

_OURS = ("INTERNAL", "UNAVAILABLE")
"""Codes of errors that are not the caller's."""


def outcome_of(errors: Sequence[GraphQLError] | None) -> str:
    """The outcome of an executed operation, for the metric: failed if one of its errors is ours, even beside data."""
    if not errors:
        return "answered"
    return "failed" if any(_code(each) in _OURS for each in errors) else "refused"


@contextmanager
def operation_span(caller: Caller) -> Iterator[Span]:
    """While an operation is executed. Neither its document, which may hold texts, nor its variables are in it.

    Its type and name are added where the document is read (`documents.operation_name`): reading it here would be work
    that no cache saves, and that callers could have done before their pace is kept.
    """
    attributes = {} if caller.organization is None else {tracing.ORGANIZATION: caller.organization}
    with tracing.span("GraphQL Operation", SpanKind.SERVER, attributes=attributes) as span:
        yield span


def name_errors(span: Span, errors: Sequence[GraphQLError] | None) -> None:
    """Say in an operation's span with which code its first error has ended it; ours make it a failed one."""
    if errors and span.is_recording():
        code = _code(errors[0])
        span.set_attribute("error.type", code)
        if code in _OURS:
            span.set_status(StatusCode.ERROR)


def _code(error: GraphQLError) -> str:
    return str((error.extensions or {}).get("code", "INTERNAL"))
