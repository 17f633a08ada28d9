"""The endpoints every producer answers: replay and heads. See `contracts/reading.py`."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.runtime import outbox
from goldenthread.runtime.auth import Caller, Verifier
from goldenthread.runtime.database import Pool
from goldenthread.runtime.http import answer, endpoint, number, organization_read, require_service

MAX_PAGE = 5_000
MAX_WAIT = 10
_PAUSE = 0.01


def routes(pool: Pool, verifier: Verifier) -> list[Route]:
    """`/v1/events` and `/v1/heads` over a database's outbox."""

    async def events(request: Request, caller: Caller) -> Response:
        organization = organization_read(request, caller)
        await until_judged(pool, request, organization)
        after = number(request, "after", 0, 2**62)
        return answer(await outbox.page(pool, organization, after, number(request, "limit", 1_000, MAX_PAGE)))

    async def heads(request: Request, caller: Caller) -> Response:
        require_service(caller)
        return answer(await outbox.heads(pool, _since(request)))

    return [
        Route("/v1/events", endpoint(verifier, events)),
        Route("/v1/heads", endpoint(verifier, heads)),
    ]


def _since(request: Request) -> datetime | None:
    raw = request.query_params.get("changedSince")
    try:
        return datetime.fromisoformat(raw) if raw else None
    except ValueError as error:
        raise refuse(ErrorCode.INVALID, f"changedSince is no ISO 8601 time: {error}", "changedSince") from error


async def until_judged(pool: Pool, request: Request, organization: str) -> None:
    """Wait until the goals revision `through` of the query is folded, for `wait` seconds at most."""
    revision = number(request, "through", 0, 2**62)
    if not revision:
        return
    deadline = time.monotonic() + number(request, "wait", 1, MAX_WAIT)
    while True:
        found = await outbox.head(pool, organization)
        if (found.judged or 0) >= revision or time.monotonic() > deadline:
            return
        await asyncio.sleep(_PAUSE)
