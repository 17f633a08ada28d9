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
from strawberry.types import ExecutionContext
from strawberry.types.execution import StreamExecutionResult
from strawberry.types.graphql import OperationType

from gateway.budget.quotas import QuotaState
from gateway.upstream.ports import Unreachable

log = logging.getLogger(__name__)


class BadRequest(GraphQLError):
    """A request that cannot be answered as it stands: says what to change.

    `argument` leads to the argument that is wrong; it is shown as `extensions.argument`, as a `UserError` shows `path`.
    """

    def __init__(self, message: str, code: str = "INVALID", argument: Sequence[str] = ()) -> None:
        where = {"argument": list(argument)} if argument else {}
        super().__init__(message, extensions={"code": code, **where})


class OrganizationRequired(BadRequest):
    """The token is for several organizations: says how to choose one, and `extensions.organizations` has their ids."""

    def __init__(self, message: str, organizations: Sequence[str]) -> None:
        super().__init__(message, "ORGANIZATION_REQUIRED")
        self.extensions = {**(self.extensions or {}), "organizations": list(organizations)}


class Unavailable(BadRequest):
    """Something this answer needs cannot be reached now; trying again may help."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "UNAVAILABLE")


class RateLimited(BadRequest):
    """The caller has as much under way as they may; waiting helps. `state` says of what, and for how long."""

    def __init__(self, message: str, state: QuotaState) -> None:
        super().__init__(message, "RATE_LIMITED")
        self.state = state
        self.extensions = {**(self.extensions or {}), **state.extensions}


class ErrorCodes(SchemaExtension):
    """Gives every error of every result its code, over HTTP and sockets alike."""

    def on_operation(self) -> Iterator[None]:
        """After a query, a mutation, or a request that could not be executed."""
        yield
        _code(self.execution_context.result, mutation=_mutates(self.execution_context))

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Before a message of a subscription is sent."""
        _code(result)
        yield


def _mutates(context: ExecutionContext) -> bool:
    try:
        return context.operation_type is OperationType.MUTATION
    except RuntimeError:  # no operation was found
        return False


def _code(result: Any, *, mutation: bool = False) -> None:
    errors = getattr(result, "errors", None)
    if errors:
        ended = [error for error in errors if (error.extensions or {}).get("code") == "COST_LIMIT"]
        result.errors = ended[:1] or [coded(error, mutation=mutation) for error in errors]


def coded(error: GraphQLError, *, mutation: bool = False) -> GraphQLError:
    """The error as a caller may see it; of a `mutation` it says what became of that, where an error does not say it."""
    cause = error.original_error
    if (error.extensions or {}).get("code"):
        return error
    if cause is None or isinstance(cause, GraphQLError):
        return _with(error, error.message, (getattr(cause, "extensions", None) or {}).get("code", "INVALID"))
    again = _after_a_mutation(error) if mutation else "Try again"
    if isinstance(cause, Unreachable):
        return _with(error, f"A service this answer needs does not answer now. {again}.", "UNAVAILABLE")
    log.error("a request failed: %s", error.message, exc_info=cause)
    text = f"Something failed on our side. {again}, or tell who runs this installation."
    return _with(error, text, "INTERNAL")


def _after_a_mutation(error: GraphQLError) -> str:
    """What to do, where something of a mutation's payload cannot be shown, or the mutation itself failed."""
    if len(error.path or []) > 1:
        return "The change was made if the payload's `errors` are empty; read it in a query"
    return "It is not known whether this took effect; look before you send it again"


def _with(error: GraphQLError, message: str, code: str) -> GraphQLError:
    return GraphQLError(
        message,
        error.nodes,
        error.source,
        error.positions,
        error.path,
        extensions={**(error.extensions or {}), "code": code},
    )
