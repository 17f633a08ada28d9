"""HTTP for services: typed JSON in and out, refusals with a status, callers known before a handler runs."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from goldenthread.contracts.errors import ErrorCode, Problem, Refused, refuse
from goldenthread.contracts.replies import RefusedAnswer
from goldenthread.contracts.secret import revealed
from goldenthread.runtime.identity.caller import (
    ORGANIZATION_HEADER,
    Caller,
    KeysUnavailable,
    NotPermitted,
    OrganizationChoiceNeeded,
    Unauthenticated,
)
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.postgres.transactions import failure_of
from goldenthread.runtime.web.concurrency_limits import RequestBytes, RequestMemory, RequestMemoryFull

log = logging.getLogger(__name__)
T = TypeVar("T")

MAX_BODY = 12 * 1024 * 1024
"""Bytes of a request, at most: a plan of 10 MB and its envelope."""

BODIES = RequestMemory(64 * 2**20, MAX_BODY)
"""What this process holds of requests; `service.main` sets how much that may be."""

RETRY = {"Retry-After": "1"}

_DIGITS = 19
"""Of a whole number in a query string, at most; Python refuses to read very long ones."""

STATUS = {
    ErrorCode.INVALID: 400,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.CONFLICT: 409,
    ErrorCode.LINK_LOOP: 409,
    ErrorCode.STATE_NOT_ALLOWED: 409,
    ErrorCode.STALE_VERSION: 409,
    ErrorCode.POLICY: 409,
    ErrorCode.UNAVAILABLE: 503,
}


class RequestTooLarge(Refused):
    """A request of more than `MAX_BODY`: answered with 413."""

    def __init__(self) -> None:
        message = f"The request is larger than {MAX_BODY // 2**20} MiB; send less at once."
        super().__init__(Problem(ErrorCode.INVALID, message))


def answer(value: Any, status: int = 200, *, secrets: bool = False) -> Response:
    """`value` as JSON. With `secrets` the secrets in it are shown to the reader; without, a secret in it raises
    TypeError.
    """
    encoded = msgspec.json.encode(value, enc_hook=revealed if secrets else None)
    headers = RETRY if status in (429, 503) else None
    return Response(encoded, status, headers, media_type="application/json")


def refused(problems: list[Problem], status: int | None = None) -> Response:
    """A `RefusedAnswer`, with the status of its first problem."""
    return answer(RefusedAnswer(problems), status or STATUS[problems[0].code])


Handler = Callable[[Request, Caller], Awaitable[Response]]


def endpoint(verifier: Verifier, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """`handler` behind authentication; what it refuses becomes an answer, what it did not foresee a masked 500.

    A refusal, also with 503, means that nothing was changed; after a 500 that is not known.
    """

    async def run(request: Request) -> Response:
        try:
            headers = request.headers
            caller = await verifier.caller(headers.get("authorization"), headers.get(ORGANIZATION_HEADER))
            _require_text(request)
            return await handler(request, caller)
        except Unauthenticated as error:
            return refused([Problem(ErrorCode.UNAUTHENTICATED, str(error))])
        except NotPermitted as error:
            return refused([Problem(ErrorCode.FORBIDDEN, str(error))])
        except OrganizationChoiceNeeded as error:
            return refused([Problem(ErrorCode.INVALID, str(error), candidates=error.organizations)])
        except KeysUnavailable as error:
            return refused([Problem(ErrorCode.UNAVAILABLE, str(error))])
        except Refused as error:
            return refused(error.problems, 413 if isinstance(error, RequestTooLarge) else None)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it
        except Exception as error:
            return _failed(request, error)

    return run


def _failed(request: Request, error: Exception) -> Response:
    failure = failure_of(error, reads=request.method in ("GET", "HEAD"))
    if failure.foreseen:
        log.warning("%s %s: %s: %s", request.method, request.url.path, type(error).__name__, error)
    else:
        log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return refused([failure.problem], failure.status)


def _require_text(request: Request) -> None:
    """Raises `Refused` for a NUL in the query string: no database has it."""
    for name, value in request.query_params.multi_items():
        if "\x00" in name or "\x00" in value:
            raise refuse(ErrorCode.INVALID, "The address has a NUL character; remove it.", name)


@asynccontextmanager
async def body(request: Request, decoder: msgspec.json.Decoder[T], caller: Caller) -> AsyncIterator[T]:
    """The request's typed body, which counts among what this process holds while the block lasts.

    Raises `Refused`: `RequestTooLarge`, as early as that is known; UNAVAILABLE when large requests leave no room for
    another; INVALID when it does not fit, naming where.
    """
    _refuse_too_large(request.headers.get("content-length", ""))
    with BODIES.request(None if caller.service else caller.key) as held:
        yield _decoded(await _received(request, held), decoder)


async def _received(request: Request, held: RequestBytes) -> bytearray:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BODY:
            raise RequestTooLarge
        try:
            held.received(len(chunk))
        except RequestMemoryFull as error:
            raise refuse(ErrorCode.UNAVAILABLE, "Too many large requests are under way now. Try again.") from error
    return received


def _decoded(received: bytearray, decoder: msgspec.json.Decoder[T]) -> T:
    try:
        return decoder.decode(received)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise not_fitting(error) from error


def not_fitting(error: Exception, *above: str) -> Refused:
    """INVALID for JSON that a decoder refused, which stood at the path `above`."""
    message, _, where = str(error).partition(" - at `$")
    path = [part for part in where.rstrip("`").replace("[", ".").replace("]", "").split(".") if part]
    return refuse(ErrorCode.INVALID, message, *above, *path)


def _refuse_too_large(length: str) -> None:
    if length.isascii() and length.isdigit() and (len(length) > _DIGITS or int(length) > MAX_BODY):
        raise RequestTooLarge


def organization_of(request: Request, caller: Caller) -> str:
    """The `organization` a command is for: any for a service, else one that the token is for; what the caller may do
    there is decided by the service that takes the command. Raises `Refused` (NOT_FOUND, which reveals nothing), and
    `OrganizationChoiceNeeded` where the token is for several and none is named.
    """
    wanted = request.query_params.get("organization") or caller.organization
    if not wanted and caller.organizations and not caller.service:
        raise OrganizationChoiceNeeded(caller.organizations)
    if not wanted or "\x00" in wanted or not (caller.service or caller.permits(wanted)):
        raise refuse(ErrorCode.NOT_FOUND, "There is no such organization for this token.", "organization")
    return wanted


def organization_read(request: Request, caller: Caller) -> str:
    """The `organization` a service wants to read. Raises `Refused`, for everybody who is no service of ours."""
    require_service(caller)
    return organization_of(request, caller)


def require_service(caller: Caller) -> None:
    """Raises `Refused` (FORBIDDEN) for everybody who is no service of ours: here nobody asks whether they are a live
    person of the organization, as the gateway does.
    """
    if not caller.service:
        message = "Only services of this installation read here; people and service accounts read through GraphQL."
        raise refuse(ErrorCode.FORBIDDEN, message)


def number(request: Request, name: str, default: int, most: int) -> int:
    """A whole number of the query string, 0..`most`. Raises `Refused` (INVALID)."""
    raw = request.query_params.get(name)
    if raw is None:
        return default
    if not raw.isascii() or not raw.isdigit() or len(raw) > _DIGITS or int(raw) > most:
        raise refuse(ErrorCode.INVALID, f"{name} must be a whole number from 0 to {most}.", name)
    return int(raw)
