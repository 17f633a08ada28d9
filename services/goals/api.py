"""HTTP of goals: commands, snapshot, people, history, imports under way, replay and heads; organizations: next door."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from goldenthread.contracts.commands import AnyCommand
from goldenthread.contracts.idempotency import idempotency_key
from goldenthread.contracts.read_api import Login
from goldenthread.contracts.replies import Accepted
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.outbox import replay_endpoints
from goldenthread.runtime.outbox.snapshots import SnapshotResponse, page_of
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.web.endpoints import answer, body, endpoint, number, organization_of, organization_read
from services.goals import export_api, organizations_api
from services.goals.handlers import Goals
from services.goals.history import pages
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.stores import entities_store, names_store

_MOST_HISTORY = 500
_HERE = b'"here"'
_PORTION = 500
"""Events of an answer that are sent at once."""
_commands = msgspec.json.Decoder(AnyCommand)


def routes(pool: Pool, verifier: Verifier, goals: Goals) -> list[Route]:
    """Every endpoint of goals, behind authentication."""

    async def command(request: Request, caller: Caller) -> Response:
        given = request.headers.get("idempotency-key")
        key = None if given is None else idempotency_key(given)
        async with body(request, _commands, caller) as decoded:
            received = ReceivedCommand(caller, organization_of(request, caller), decoded, key)
            return _accepted_response(await goals.command(received))

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
        Route("/v1/snapshot", endpoint(verifier, snapshot)),
        Route("/v1/people", endpoint(verifier, people)),
        Route("/v1/login", endpoint(verifier, login)),
        Route("/v1/name", endpoint(verifier, name)),
        Route("/v1/history", endpoint(verifier, changes)),
        Route("/v1/imports", endpoint(verifier, imports)),
        *organizations_api.routes(pool, verifier, goals),
        *export_api.routes(pool, verifier, goals),
        *replay_endpoints.routes(pool, verifier),
    ]


def _accepted_response(accepted: Accepted) -> Response:
    """An answer. One of many events is sent in portions: an import may have hundreds of megabytes of them, and they are
    not held a second time as one body. They are used up.
    """
    if len(accepted.events) <= _PORTION:
        return answer(accepted, secrets=True)
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
