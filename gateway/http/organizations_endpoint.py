"""HTTP of the gateway for administrators of the installation: they create, list and rename organizations and read none.

`/organizations` takes a bearer token and JSON, and forwards to goals, which decides. What is refused is a JSON object
with `errors`, each with `code`, `message` and `path`. A creation may be sent again under the same `id`, and a new name
again: both answer what is there then. The secret of an invitation is only in the answer that makes it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.errors import RateLimited
from gateway.http.authentication import RequestAuthenticator
from gateway.http.graphql_endpoint import rate_limit_headers
from gateway.upstream.organizations_upstream import OrganizationsRequest, OrganizationsUpstream
from gateway.upstream.ports import NotSent, Unreachable
from goldenthread.contracts.errors import ErrorCode, Problem, refuse
from goldenthread.contracts.organizations import NewOrganization, OrganizationName
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.web.endpoints import RETRY, body, endpoint, refused

T = TypeVar("T")
_ID = re.compile("[A-Za-z0-9_-]{1,200}")
_NO_STORE = {"Cache-Control": "no-store"}
"""Some answers have secrets."""
_FORBIDDEN = (
    "Only administrators of this installation create, list, rename and delete organizations, and this is not the token"
    " of one. "
    "Who runs the installation says which claim makes one (GOLDENTHREAD_ADMINISTRATOR_CLAIM)."
)


class FirstAdministrator(Struct, frozen=True, forbid_unknown_fields=True):
    """The first administrator of a new organization, who signs in as `subject` at `issuer` (the usual one without). Who
    has no `subject` is invited.
    """

    name: str
    subject: str | None = None
    issuer: str = ""
    email: str | None = None


class OrganizationRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /organizations`. Without an `id` one is made."""

    name: str
    administrator: FirstAdministrator
    id: str = ""


_organizations = msgspec.json.Decoder(OrganizationRequest)
_names = msgspec.json.Decoder(OrganizationName)


def routes(verifier: Verifier, requests: RequestAuthenticator, goals: OrganizationsUpstream) -> list[Route]:
    """The endpoints under `/organizations`."""

    async def list_all(request: Request, caller: Caller) -> Response:
        query = {name: request.query_params[name] for name in ("first", "after") if name in request.query_params}
        return await _forwarded(goals, OrganizationsRequest("GET", caller.token, query=query))

    async def create(request: Request, caller: Caller) -> Response:
        async with body(request, _organizations, caller) as asked:
            admin = asked.administrator
            made = NewOrganization(asked.name, admin.name, admin.subject, asked.id, admin.issuer, admin.email)
            return await _forwarded(goals, OrganizationsRequest("POST", caller.token, body=msgspec.json.encode(made)))

    async def invite(request: Request, caller: Caller) -> Response:
        return await _forwarded(goals, OrganizationsRequest("POST", caller.token, f"{_id(request)}/invitation"))

    async def rename_or_delete(request: Request, caller: Caller) -> Response:
        id = _id(request)
        async with body(request, _names, caller) as asked:
            content = msgspec.json.encode(asked)
            return await _forwarded(goals, OrganizationsRequest(request.method, caller.token, id, body=content))

    def administered(handler: Callable[[Request, Caller], Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
        async def run(request: Request, caller: Caller) -> Response:
            if not caller.installation_administrator:
                raise refuse(ErrorCode.FORBIDDEN, _FORBIDDEN)
            try:
                with requests.in_flight(caller):
                    answer = await handler(request, caller)
            except RateLimited as error:
                answer = refused([Problem(ErrorCode.UNAVAILABLE, error.message)], 429)
                answer.headers.update(rate_limit_headers(error.state))
            requests.show_quota(answer, caller)
            return answer

        return endpoint(verifier, run)

    return [
        Route("/organizations", administered(list_all), methods=["GET"]),
        Route("/organizations", administered(create), methods=["POST"]),
        Route("/organizations/{id}/invitation", administered(invite), methods=["POST"]),
        Route("/organizations/{id}", administered(rename_or_delete), methods=["PATCH", "DELETE"]),
    ]


def _id(request: Request) -> str:
    """The id in the path. Raises `Refused` for what no organization's id is."""
    found = str(request.path_params["id"])
    if not _ID.fullmatch(found):
        raise refuse(ErrorCode.NOT_FOUND, "There is no organization with this id; list them to see which there are.")
    return found


async def _forwarded(goals: OrganizationsUpstream, request: OrganizationsRequest) -> Response:
    """The answer of goals. 503: nothing was changed; 500: that is not known, and the same request may be sent again."""
    try:
        answer = await goals.send(request)
    except NotSent:
        return _away("goals does not answer now; nothing was changed. Try again in a moment.", 503)
    except Unreachable:
        if request.method == "GET":
            return _away("goals does not answer now. Try again in a moment.", 503)
        message = "goals did not answer: it is not known whether this took effect. List the organizations to see it."
        return _away(message, 500)
    headers = RETRY if answer.status in (429, 503) else {}
    return Response(answer.content, answer.status, headers | _NO_STORE, media_type="application/json")


def _away(message: str, status: int) -> Response:
    return refused([Problem(ErrorCode.UNAVAILABLE, message)], status)
