"""Errors of a whole request, as against refusals of a command (those are data: `UserError`).

Whatever goes wrong, a caller reads a sentence and a code (`extensions.code`); what we did not foresee is logged and
masked, so that no internals leak.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import StreamExecutionResult

from gateway.sources import Unreachable

log = logging.getLogger(__name__)


class BadRequest(GraphQLError):
    """A request that cannot be answered as it stands: says what to change.

    `argument` leads to the argument that is wrong; it is shown as `extensions.argument`, as a `UserError` shows `path`.
    """

    def __init__(self, message: str, code: str = "INVALID", argument: Sequence[str] = ()) -> None:
        where = {"argument": list(argument)} if argument else {}
        super().__init__(message, extensions={"code": code, **where})


class Unavailable(BadRequest):
    """Something this answer needs cannot be reached now; trying again may help."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "UNAVAILABLE")


class RateLimited(BadRequest):
    """The caller has as much under way as they may; waiting helps."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "RATE_LIMITED")


class Coded(SchemaExtension):
    """Gives every error of every result its code, over HTTP and sockets alike."""

    def on_operation(self) -> Iterator[None]:
        """After a query, a mutation, or a request that could not be executed."""
        yield
        _code(self.execution_context.result)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Before a message of a subscription is sent."""
        _code(result)
        yield


def _code(result: Any) -> None:
    errors = getattr(result, "errors", None)
    if errors:
        ended = [error for error in errors if (error.extensions or {}).get("code") == "COST_LIMIT"]
        result.errors = ended[:1] or [coded(error) for error in errors]


def coded(error: GraphQLError) -> GraphQLError:
    """The error as a caller may see it."""
    cause = error.original_error
    if (error.extensions or {}).get("code"):
        return error
    if cause is None or isinstance(cause, GraphQLError):
        return _with(error, error.message, (getattr(cause, "extensions", None) or {}).get("code", "INVALID"))
    if isinstance(cause, Unreachable):
        return _with(error, "A service this answer needs does not answer now. Try again.", "UNAVAILABLE")
    log.error("a request failed: %s", error.message, exc_info=cause)
    return _with(error, "Something failed on our side. Try again, or tell who runs this installation.", "INTERNAL")


def _with(error: GraphQLError, message: str, code: str) -> GraphQLError:
    return GraphQLError(
        message,
        error.nodes,
        error.source,
        error.positions,
        error.path,
        extensions={**(error.extensions or {}), "code": code},
    )
