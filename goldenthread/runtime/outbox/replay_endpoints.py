"""The endpoints that every service with an outbox answers: replay and heads. See `contracts/read_api.py`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.read_api import MOST_NAMED, HeadsQuery, StreamPosition
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox.revision_wait import RevisionWaits
from goldenthread.runtime.postgres.database import Pool
from goldenthread.runtime.web.endpoints import answer, body, endpoint, number, organization_read, require_service

MAX_PAGE = 5_000
MAX_WAIT = 10
_queries = msgspec.json.Decoder(HeadsQuery)


def routes(pool: Pool, verifier: Verifier, judged: RevisionWaits | None = None) -> list[Route]:
    """`/v1/events` and `/v1/heads` over a database's outbox; `through` waits where there is something to wait for."""

    async def events(request: Request, caller: Caller) -> Response:
        organization = organization_read(request, caller)
        if judged is not None:
            await wait_for_revision(judged, request, organization)
        after = number(request, "after", 0, 2**62)
        return answer(await outbox.page(pool, organization, after, number(request, "limit", 1_000, MAX_PAGE)))

    async def heads(request: Request, caller: Caller) -> Response:
        require_service(caller)
        if request.method != "POST":
            return answer(await outbox.heads(pool, _since(request)))
        async with body(request, _queries, caller) as query:
            _refuse_unusable(query)
            part = query.limit, query.behind
            return answer(await outbox.heads(pool, query.changed_since, query.organizations, query.after, *part))

    return [
        Route("/v1/events", endpoint(verifier, events)),
        Route("/v1/heads", endpoint(verifier, heads), methods=["GET", "POST"]),
    ]


def _refuse_unusable(query: HeadsQuery) -> None:
    """Raise `Refused` for what PostgreSQL cannot be asked."""
    if max(len(query.organizations), len(query.after)) > MOST_NAMED:
        message = f"At most {MOST_NAMED} organizations can be named at once; ask for the others next time."
        raise refuse(ErrorCode.INVALID, message, "organizations")
    for field, ids in (("organizations", query.organizations), ("after", query.after), ("behind", [query.behind])):
        if any("\x00" in each for each in ids):
            raise refuse(ErrorCode.INVALID, "An id has no null characters.", field)
    if query.changed_since is not None and query.changed_since.tzinfo is None:
        raise refuse(ErrorCode.INVALID, "A time needs its offset from UTC.", "changed_since")


def _since(request: Request) -> datetime | None:
    raw = request.query_params.get("changedSince")
    try:
        found = datetime.fromisoformat(raw) if raw else None
        if found is not None and found.tzinfo is None:
            raise ValueError("it has no offset from UTC")
        return None if found is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"changedSince is no time like 2026-01-31T12:00:00+00:00: {error}"[:500]
        raise refuse(ErrorCode.INVALID, message, "changedSince") from error


async def wait_for_revision(judged: RevisionWaits, request: Request, organization: str) -> None:
    """Wait until the goals revision `through` (with the event `throughId`, if given) is folded, `wait` seconds at most.

    Raises `ClientDisconnect` when the caller does not wait any more.
    """
    revision = number(request, "through", 0, 2**62)
    if not revision:
        return
    place = StreamPosition(revision, request.query_params.get("throughId"))
    waiting = asyncio.ensure_future(judged.wait_for(organization, place, number(request, "wait", 1, MAX_WAIT)))
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise ClientDisconnect
        await waiting
    finally:
        waiting.cancel()
        gone.cancel()
        await asyncio.wait({waiting, gone})


async def _gone(request: Request) -> None:
    """Returns when the caller has closed the connection; what else they may send is not read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
