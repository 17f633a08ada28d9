"""`/live`, `/ready` and `/metrics`, the same in every process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], Awaitable[None]]
"""Pings one thing the process needs; raises what is wrong with it."""

PATHS = ("/live", "/ready", "/metrics")
_PATIENCE = 2.0


def routes(checks: Mapping[str, Check]) -> list[Route]:
    """Live: the event loop answers. Ready: everything in `checks` answered within two seconds."""

    async def live(_: Request) -> Response:
        return JSONResponse({"live": True})

    async def ready(_: Request) -> Response:
        found = dict(zip(checks, await asyncio.gather(*map(_try, checks.values())), strict=True))
        fine = all(problem is None for problem in found.values())
        return JSONResponse({"ready": fine, "checks": found}, 200 if fine else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route(path, handler) for path, handler in zip(PATHS, (live, ready, metrics), strict=True)]


def taken_from(app: Starlette) -> Starlette:
    """An application of these endpoints of `app`, which has them no more."""
    taken = [route for route in app.routes if isinstance(route, Route) and route.path in PATHS]
    app.router.routes = [route for route in app.routes if route not in taken]
    return Starlette(routes=taken)


async def _try(check: Check) -> str | None:
    try:
        await asyncio.wait_for(check(), _PATIENCE)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None
