"""A gateway whose own tokens live for seconds asks the services for longer than that, and is never refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.app import build
from gateway.settings import Settings
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from tests.integration.gateway.conftest import Stage
from tests.support.asgi_server import eventually, serving
from tests.support.token_server import TokenServer


@asynccontextmanager
async def overheard(url: str, answers: Counter[int]) -> AsyncIterator[str]:
    """The service at `url`, at another address; what it answers is counted."""
    async with httpx.AsyncClient(base_url=url) as client:

        async def pass_on(request: Request) -> Response:
            path = f"{request.url.path}?{request.url.query}"
            headers = {
                name: request.headers[name] for name in ("authorization", "content-type") if name in request.headers
            }
            found = await client.request(request.method, path, content=await request.body(), headers=headers)
            answers[found.status_code] += 1
            return Response(found.content, found.status_code)

        async with serving(Starlette(routes=[Route("/{path:path}", pass_on, methods=["GET", "POST"])])) as here:
            yield here


async def test_a_gateway_outlives_its_tokens(stage: Stage, own_broker: Broker) -> None:
    issuer, answers, asker = stage.services.issuer, Counter[int](), await stage.services.organization()
    server = TokenServer(issuer, "goldenthread-gateway")
    async with server.running(), overheard(stage.services.urls["goals"], answers) as goals_url:
        settings = Settings(
            kafka=own_broker.address,
            kafka_fetch_wait_ms=10,
            issuer=issuer.identifier,
            issuer_url=server.url,
            service_client_id=server.client,
            service_client_secret=Secret(server.secret),
            goals_url=goals_url,
            alignment_url=stage.services.urls["alignment"],
            notifications_url=stage.services.urls["notifications"],
            heads_seconds=0.1,
        )
        async with build(settings) as app, serving(app) as url:
            await eventually(lambda: len(server.given) >= 5)
            organization = await stage.client(url, asker).ask("{ organization { name } }")
            assert organization["organization"]["name"] == "Example"
    assert answers[401] == 0
    assert answers[200] > 30
