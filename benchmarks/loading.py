"""How long an event loop is blocked while an organization of 100,000 goals is loaded: in goals, and by the gateway.

goals' rows are in an embedded PostgreSQL, the snapshot travels over HTTP; who sends and who reads share one process and
its event loop, so a stretch in which either does not let go of it is seen. Verdicts are put in beside them.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import perf_counter, thread_time
from typing import Any, TypeVar

import httpx
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks._folder import temporary
from benchmarks.turns import GOALS, _loaded
from gateway.live.organization_cache import OrganizationCache
from gateway.live.organization_view import OrganizationView
from gateway.upstream.http_upstreams import HttpUpstreams
from gateway.upstream.ports import OrganizationSnapshot
from gateway.upstream.streams import GOALS as SOURCE
from gateway.views.turn_index import TurnIndex
from goldenthread.contracts import snapshots
from goldenthread.contracts.entities import Id
from goldenthread.contracts.read_api import PeopleSnapshot
from goldenthread.launcher.ports import HOST, free_port
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.consumer.postgres_store import chunks
from goldenthread.runtime.outbox.snapshots import SnapshotResponse
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.process import garbage_collection
from services.goals.head_state_cache import HeadStateCache
from services.goals.migrations import MIGRATIONS
from services.goals.stores import entities_store

ORGANIZATION, TICK = "org_1", 0.001
T = TypeVar("T")


def measure(goals: int = GOALS) -> dict[str, float]:
    """Seconds, and milliseconds of CPU of the longest stretch in which nobody else had a turn."""
    garbage_collection.configure()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return {"goals": float(goals), **runner.run(_measure(goals))}


async def _measure(goals: int) -> dict[str, float]:
    loaded = _loaded(random.Random(7), goals)
    found = _at_once(loaded)
    with temporary() as folder:
        async with Postgres(folder, databases=["goals"]) as server:
            async with open_pool(server.url("goals"), 4, SHARED, MIGRATIONS) as pool:
                await _put(pool, loaded)
                garbage_collection.configure()
                found |= await _watched("goals", HeadStateCache(4).prepare, pool, ORGANIZATION)
                async with _answering(pool) as url, httpx.AsyncClient() as client:
                    found |= await _watched("the gateway", _load, HttpUpstreams(client, {SOURCE: url}), loaded)
    return found


def _at_once(loaded: OrganizationSnapshot) -> dict[str, float]:
    """What it is when the same is done in one stretch, without reading and decoding."""
    started = thread_time()
    view = OrganizationView(ORGANIZATION, loaded)
    made = thread_time()
    view.index(TurnIndex).of(["unit_1"])
    return {"a model made at once, ms": (made - started) * 1000, "its index, ms": (thread_time() - made) * 1000}


async def _load(over_http: HttpUpstreams, loaded: OrganizationSnapshot) -> None:
    """As `OrganizationCache` does it: the snapshot and names, the state and its index, the first question."""
    upstreams: Any = _SnapshotOverHttp(over_http, loaded)
    view = await OrganizationCache(upstreams, indexes=[TurnIndex]).get(ORGANIZATION)
    view.index(TurnIndex).of(["unit_1"])


class _SnapshotOverHttp:
    """goals over HTTP, and the verdicts as they are."""

    def __init__(self, over_http: HttpUpstreams, loaded: OrganizationSnapshot) -> None:
        self._over_http, self._loaded = over_http, loaded

    async def load(self, organization: Id, *, judged: bool = False) -> OrganizationSnapshot:  # noqa: ARG002 - as the gateway asks
        """The snapshot of goals, and the rest."""
        query: dict[str, str | int] = {"organization": organization}
        found = await self._over_http._snapshot(SOURCE, "/v1/snapshot", snapshots.goals(), query)
        return OrganizationSnapshot(found, self._loaded.alignment, None, self._loaded.people)

    async def people(self, _: Id) -> PeopleSnapshot:
        """Nobody else."""
        return self._loaded.people


async def _watched(what: str, work: Callable[..., Awaitable[T]], *arguments: Any) -> dict[str, float]:
    worst, ended = 0.0, False

    async def tick() -> None:
        nonlocal worst
        while not ended:
            began = thread_time()
            await asyncio.sleep(TICK)
            worst = max(worst, thread_time() - began)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    started = perf_counter()
    await work(*arguments)
    seconds, ended = perf_counter() - started, True
    await ticking
    return {f"{what}: loaded, s": seconds, f"{what}: longest stretch, ms": worst * 1000}


async def _put(pool: Pool, loaded: OrganizationSnapshot) -> None:
    async with pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO streams (organization, sequence, id) VALUES ($1, 1, 'last')", ORGANIZATION
        )
        for some in chunks(list(loaded.goals.entities())):
            await entities_store.put_entities(connection, ORGANIZATION, some)


@asynccontextmanager
async def _answering(pool: Pool) -> AsyncIterator[str]:
    async def snapshot(_: Request) -> Response:
        return SnapshotResponse(pool, ORGANIZATION, entities_store.ENTITIES, entities_store.page)

    port, app = free_port(), Starlette(routes=[Route("/v1/snapshot", snapshot)])
    server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    yield f"http://{HOST}:{port}"
    server.should_exit = True
    await serving
