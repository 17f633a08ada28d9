"""A gateway with WebSockets, for whoever asks."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from msgspec import structs
from starlette.applications import Starlette

from gateway.http import graphql_endpoint
from gateway.http.authentication import CallerLimits, RequestAuthenticator
from gateway.http.graphql_ws import Sockets
from gateway.live.organization_cache import OrganizationCache
from gateway.schema.build import make
from goldenthread.contracts.events.goals import ObjectiveCreated
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller, KeysUnavailable
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.web.connection_limits import ConnectionLimits
from goldenthread.runtime.web.error_pages import HANDLERS
from tests.support.asgi_server import serving
from tests.support.entities import objective, purpose, why
from tests.support.graphql_client import Client
from tests.unit.gateway.fakes import NOW, FakeUpstreams
from tests.unit.gateway.world import ORG, World

CHANGES = "subscription { goalTreeChanged { revision changed { title } } }"


class AnyToken(Verifier):
    """Every token speaks for rita, until `expires_at`; while `away`, nobody can say."""

    def __init__(self, expires_at: float = math.inf, away: bool = False) -> None:
        self.expires_at, self.away = expires_at, away

    async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
        if self.away:
            raise KeysUnavailable("The issuer's keys cannot be read now. Try again.")
        return Caller("rita", ORG, False, Secret("token"), self.expires_at)


class Gateway:
    """The gateway's own endpoint over a fake world."""

    def __init__(self, http: httpx.AsyncClient, url: str, world: World, cache: OrganizationCache) -> None:
        self.world, self.cache = world, cache
        self.client = Client(http, url + graphql_endpoint.PATH, "token")

    def objective(self, number: int, title: str = "") -> None:
        made = structs.replace(objective(f"objective_{number}"), title=title)
        self.cache.deliver_all(self.world.commit(ObjectiveCreated(made)))


@asynccontextmanager
async def gateway(
    verifier: Verifier | None = None,
    caller: CallerLimits | None = None,
    idle_seconds: float = 60.0,
    limits: ConnectionLimits | None = None,
) -> AsyncIterator[Gateway]:
    world = World(purpose(), why("why_1"))
    cache = OrganizationCache(FakeUpstreams(world))
    requests, schema = RequestAuthenticator(cache, verifier or AnyToken(), lambda: NOW, caller), make()
    routes = graphql_endpoint.routes(schema, requests, Sockets(schema, requests, [], idle_seconds), False)
    async with (
        serving(Starlette(routes=routes, exception_handlers=HANDLERS), limits=limits) as url,
        httpx.AsyncClient() as http,
    ):
        yield Gateway(http, url, world, cache)
