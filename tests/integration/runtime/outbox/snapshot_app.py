"""An application that gives snapshots."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from goldenthread.runtime.outbox.snapshots import SnapshotResponse
from goldenthread.runtime.postgres.database import Connection, Pool

ROWS = "SELECT number FROM rows WHERE organization = $1 ORDER BY number"


def app(pool: Pool, between: asyncio.Event | None = None, *, pad: str = "", seconds: float = 10) -> Starlette:
    """Pages of ten rows; with `between`, the second waits for it."""
    made = 0

    async def page(_: Connection, rows: Sequence[Any]) -> list[Any]:
        nonlocal made
        made += 1
        if between is not None and made == 2:
            await between.wait()
        return [pad or row["number"] for row in rows]

    async def snapshot(_: Request) -> Response:
        return SnapshotResponse(pool, "ash", ROWS, page, rows=10, seconds=seconds)

    return Starlette(routes=[Route("/", snapshot)])
