"""HTTP of the gateway: GraphQL over POST, the explorer for browsers, subscriptions over a socket, all on one path.

Answers follow GraphQL over HTTP: 200 with `data` when the document was executed, 4xx with `errors` and no `data` when
it could not be, always JSON. A body is read when its token has been verified and its caller has not too many requests.
"""

from __future__ import annotations

import time
from typing import Any

import msgspec
import orjson
import strawberry
from graphql import GraphQLError
from msgspec import Struct
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from gateway.budget.quotas import QuotaState
from gateway.errors import BadRequest, RateLimited
from gateway.http import explorer
from gateway.http.authentication import RequestAuthenticator
from gateway.http.graphql_ws import Sockets
from gateway.http.operation_span import name_errors, operation_span, outcome_of
from gateway.schema.documents import variables
from goldenthread.contracts.errors import Refused
from goldenthread.runtime.identity.caller import ORGANIZATION_HEADER, Caller
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.web.endpoints import RETRY, RequestTooLarge, body, not_fitting

PATH = "/graphql"
NOT_JSON = "Send JSON, with the header `Content-Type: application/json`."
REVISION = "golden-thread-min-revision"
_STATUS = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "CONFLICT": 409,
    "RATE_LIMITED": 429,
    "UNAVAILABLE": 503,
    "INTERNAL": 500,
}
_EXECUTED = (OperationType.QUERY, OperationType.MUTATION)


class GraphQLRequest(Struct, frozen=True, rename="camel"):
    """The body of a GraphQL request."""

    query: str
    variables: msgspec.Raw = msgspec.Raw(b"null")
    """Decoded when it is known that there are not too many."""
    operation_name: str | None = None


_documents = msgspec.json.Decoder(GraphQLRequest)


def routes(
    schema: strawberry.Schema, requests: RequestAuthenticator, sockets: Sockets, explore: bool
) -> list[BaseRoute]:
    """Everything under `/graphql`."""

    async def post(request: Request) -> Response:
        started, kind, outcome = time.perf_counter(), "unknown", "failed"
        caller: Caller | None = None
        try:
            headers = request.headers
            caller = await requests.caller(headers.get("authorization"), headers.get(ORGANIZATION_HEADER))
            if is_json(headers.get("content-type", "")):
                with requests.in_flight(caller):
                    async with body(request, _documents, caller) as document:
                        kind = _kind(document.query)
                        result = await execute(request, caller, document)
                outcome, answer = outcome_of(result.errors), _answer(result)
            else:
                outcome, answer = "refused", refusal(BadRequest(NOT_JSON), 415)
        except (BadRequest, Refused, CannotGetOperationTypeError, InvalidOperationTypeError) as error:
            answer = refusal(error)
            outcome = "failed" if answer.status_code >= 500 else "refused"
        except ClientDisconnect:
            outcome, answer = "", Response(status_code=408)  # which nobody reads
        finally:
            if outcome:
                metrics.REQUESTS.record(time.perf_counter() - started, {"kind": kind, "outcome": outcome})
        if caller is not None:
            requests.show_quota(answer, caller)
        return answer

    async def execute(request: Request, caller: Caller, document: GraphQLRequest) -> ExecutionResult:
        given = _variables(document)
        with operation_span(caller) as span:
            context = await requests.context_of(caller, request.headers.get(REVISION))
            await requests.paced(context)
            result = await schema.execute(
                document.query,
                given,
                context,
                operation_name=document.operation_name,
                allowed_operation_types=_EXECUTED,
            )
            name_errors(span, result.errors)
            return result

    async def get(request: Request) -> Response:
        if explore and "text/html" in request.headers.get("accept", ""):
            return explorer.page()
        return refusal(BadRequest("Send GraphQL as POST with a JSON body, or open this address in a browser."), 405)

    found: list[BaseRoute] = [
        Route(PATH, post, methods=["POST"]),
        Route(PATH, get, methods=["GET"]),
        WebSocketRoute(PATH, sockets),
    ]
    return [*found, explorer.files()] if explore else found


def _variables(document: GraphQLRequest) -> dict[str, Any] | None:
    try:
        return variables.decoded(bytes(document.variables))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise not_fitting(error, "variables") from error


def is_json(content_type: str) -> bool:
    """Whether a body says that it is JSON. A page of another site cannot send that without asking first (CORS), as it
    can a form or plain text.
    """
    kind, _, parameters = content_type.lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    return kind.strip() == "application/json" and charset in ("", "utf-8", "utf8")


def _answer(result: ExecutionResult) -> Response:
    errors = [error.formatted for error in result.errors or []]
    if result.data is None and errors and not any(error.get("path") for error in errors):
        return _json({"errors": errors}, _status(errors))
    return _json({"data": result.data, "errors": errors} if errors else {"data": result.data}, 200)


def refusal(error: Exception, status: int | None = None) -> Response:
    """A request that was refused, in the form of GraphQL errors."""
    if isinstance(error, Refused):
        found: list[Any] = [
            BadRequest(each.message + (f" (at {'.'.join(each.path)})" if each.path else ""), each.code.value)
            for each in error.problems
        ]
    elif isinstance(error, InvalidOperationTypeError):
        found = [BadRequest("Subscriptions go over a WebSocket (graphql-transport-ws) on this same path.")]
    elif isinstance(error, CannotGetOperationTypeError):
        found = [BadRequest(error.as_http_error_reason())]
    else:
        found = [error]
    errors = [each.formatted for each in found if isinstance(each, GraphQLError)]
    answer = _json({"errors": errors}, 413 if isinstance(error, RequestTooLarge) else status or _status(errors))
    if isinstance(error, RateLimited):
        answer.headers.update(rate_limit_headers(error.state))
    return answer


def rate_limit_headers(state: QuotaState) -> dict[str, str]:
    """The headers of an answer with 429."""
    return state.fields | {"Retry-After": str(state.retry_after)}


def _status(errors: list[Any]) -> int:
    return _STATUS.get(str(errors[0].get("extensions", {}).get("code")), 400)


def _json(value: Any, status: int) -> Response:
    headers = RETRY if status in (429, 503) else None
    return Response(orjson.dumps(value), status, headers, media_type="application/json")


def _kind(query: str) -> str:
    """What kind of operation a document begins with, for the metric; exact enough for documents with one operation."""
    return "mutation" if query.lstrip().startswith("mutation") else "query"
