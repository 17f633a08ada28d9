"""HTTP of notifications: snapshot, replay and heads."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.runtime import reading
from goldenthread.runtime.auth import Caller, Verifier
from goldenthread.runtime.database import Pool
from goldenthread.runtime.http import answer, endpoint, organization_of
from services.notifications import store


def routes(pool: Pool, verifier: Verifier) -> list[Route]:
    """Every endpoint of notifications, behind authentication."""

    async def snapshot(request: Request, caller: Caller) -> Response:
        return answer(await store.snapshot(pool, organization_of(request, caller)))

    return [Route("/v1/snapshot", endpoint(verifier, snapshot)), *reading.routes(pool, verifier)]
