"""HTTP of goals: commands, organizations, snapshot, people, history, imports under way, replay and heads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import msgspec
from msgspec import Struct, structs
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from goldenthread.contracts.commands import AnyCommand
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.idempotency import idempotency_key
from goldenthread.contracts.read_api import Login, PersonName, issuer_id
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.outbox import replay_endpoints
from goldenthread.runtime.outbox.snapshots import SnapshotResponse, page_of
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.web.endpoints import answer, body, endpoint, number, organization_of, organization_read
from goldenthread.runtime.web.jwt import Caller, Verifier
from services.goals.domain import validation
from services.goals.handlers import Goals
from services.goals.history import pages
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.stores import entities_store, names_store

_MOST_HISTORY = 500
_ORGANIZATION = re.compile("org_[A-Za-z0-9_-]{1,196}")
"""An organization's id, which is a claim in every token of its people."""


class NewOrganization(Struct, frozen=True, forbid_unknown_fields=True):
    """Body of `POST /v1/organizations`. The same `id` again answers with what is there.

    Without `admin_issuer` the issuer that goals is set up with vouches for the administrator's login.
    """

    id: str
    name: str
    admin_name: str
    admin_subject: str
    admin_issuer: str = ""


_HERE = b'"here"'
_PORTION = 500
"""Events of an answer that are sent at once."""
_commands = msgspec.json.Decoder(AnyCommand)
_organizations = msgspec.json.Decoder(NewOrganization)


def routes(pool: Pool, verifier: Verifier, goals: Goals) -> list[Route]:
    """Every endpoint of goals, behind authentication."""

    async def command(request: Request, caller: Caller) -> Response:
        given = request.headers.get("idempotency-key")
        key = None if given is None else idempotency_key(given)
        async with body(request, _commands, caller) as decoded:
            received = ReceivedCommand(caller, organization_of(request, caller), decoded, key)
            return _accepted_response(await goals.command(received))

    async def create(request: Request, caller: Caller) -> Response:
        if not caller.service:
            raise refuse(ErrorCode.FORBIDDEN, "Organizations are made by the operator of this installation.")
        async with body(request, _organizations, caller) as asked:
            return answer(await _create(goals, asked))

    async def snapshot(request: Request, caller: Caller) -> Response:
        organization = organization_read(request, caller)
        return SnapshotResponse(pool, organization, entities_store.ENTITIES, entities_store.page)

    async def people(request: Request, caller: Caller) -> Response:
        return SnapshotResponse(
            pool, organization_read(request, caller), names_store.NAMES, page_of(names_store.name_of_row)
        )

    async def login(request: Request, caller: Caller) -> Response:
        organization = organization_read(request, caller)
        query = request.query_params
        login = Login(query.get("issuer", ""), query.get("subject", ""))
        return answer(await names_store.login_holder(pool, organization, login))

    async def name(request: Request, caller: Caller) -> Response:
        organization = organization_read(request, caller)
        return answer(await names_store.name_as_of(pool, organization, request.query_params.get("person", "")))

    async def changes(request: Request, caller: Caller) -> Response:
        organization = organization_read(request, caller)
        subject = request.query_params.get("subject")
        before, limit = number(request, "before", 2**62, 2**62), number(request, "limit", 50, _MOST_HISTORY)
        return answer(await pages.page(pool, organization, subject, before, limit))

    async def imports(request: Request, caller: Caller) -> Response:
        return answer(await goals.imports(organization_read(request, caller)))

    return [
        Route("/v1/commands", endpoint(verifier, command), methods=["POST"]),
        Route("/v1/organizations", endpoint(verifier, create), methods=["POST"]),
        Route("/v1/snapshot", endpoint(verifier, snapshot)),
        Route("/v1/people", endpoint(verifier, people)),
        Route("/v1/login", endpoint(verifier, login)),
        Route("/v1/name", endpoint(verifier, name)),
        Route("/v1/history", endpoint(verifier, changes)),
        Route("/v1/imports", endpoint(verifier, imports)),
        *replay_endpoints.routes(pool, verifier),
    ]


def _accepted_response(accepted: Accepted) -> Response:
    """An answer. One of many events is sent in portions: an import may have hundreds of megabytes of them, and they are
    not held a second time as one body. They are used up.
    """
    if len(accepted.events) <= _PORTION:
        return answer(accepted)
    return StreamingResponse(_portions(accepted), media_type="application/json")


async def _portions(accepted: Accepted) -> AsyncIterator[bytes]:
    brief = msgspec.json.encode(structs.replace(accepted, events=[msgspec.Raw(_HERE)]))
    before, _, behind = brief.partition(_HERE)  # the first: only ids of ours stand before the events
    yield before
    events = accepted.events
    events.reverse()
    while events:
        portion = b",".join(events.pop() for _ in range(min(_PORTION, len(events))))
        yield portion + b"," if events else portion
    yield behind


async def _create(goals: Goals, asked: NewOrganization) -> Accepted:
    if not _ORGANIZATION.fullmatch(asked.id):
        message = "An organization's id begins with org_; at most 196 letters, digits, - and _ follow."
        raise refuse(ErrorCode.INVALID, message, "id")
    if asked.admin_issuer:
        validation.title(asked.admin_issuer, "admin_issuer")
    login, named = (
        validation.title(asked.admin_subject, "admin_subject"),
        validation.title(asked.admin_name, "admin_name"),
    )
    admin = PersonName(new_id("person"), named, login, None, issuer_id(asked.admin_issuer or goals.issuer))
    return await goals.create(asked.id, asked.name, admin)
