"""The command line trusts a gateway behind HTTPS by the authorities in `SSL_CERT_FILE`, and nobody else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import GraphQLClient
from goldenthread.cli.common.subscription_client import SubscriptionClient
from goldenthread.cli.organizations.organizations_client import OrganizationsClient
from goldenthread.contracts.secret import Secret
from tests.support.asgi_server import serving
from tests.support.https_server import HttpsFiles

TOKEN = Secret("token")


async def _graphql(_: Request) -> Response:
    return JSONResponse({"data": {"organization": {"name": "North"}}})


async def _organizations(_: Request) -> Response:
    return JSONResponse({"organizations": []})


async def _socket(socket: WebSocket) -> None:
    await socket.accept("graphql-transport-ws")
    await socket.receive_json()
    await socket.send_json({"type": "connection_ack"})
    asked = await socket.receive_json()
    await socket.send_json({"type": "next", "id": asked["id"], "payload": {"data": {"heard": True}}})
    await socket.receive()


ROUTES = [
    Route("/graphql", _graphql, methods=["POST"]),
    Route("/organizations", _organizations),
    WebSocketRoute("/graphql", _socket),
]


def asked(url: str) -> object:
    with GraphQLClient(url, TOKEN) as client:
        return client.ask("{ organization { name } }")


def listed(url: str) -> object:
    with OrganizationsClient(url, TOKEN) as client:
        return client.list(1, None).organizations


def heard(url: str) -> object:
    with SubscriptionClient(url, TOKEN, "subscription { heard }", {}) as client:
        return client.next(10)


async def test_an_authority_of_ones_own_is_trusted_where_the_environment_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = HttpsFiles(tmp_path)
    async with serving(Starlette(routes=ROUTES), certificate=files.served()) as url:
        for call in (asked, listed, heard):
            with pytest.raises(CommandError, match="certificate verify failed"):
                await asyncio.to_thread(call, f"{url}/graphql")
        monkeypatch.setenv("SSL_CERT_FILE", str(files.authorities))
        assert await asyncio.to_thread(asked, f"{url}/graphql") == {"organization": {"name": "North"}}
        assert await asyncio.to_thread(listed, f"{url}/graphql") == []
        assert await asyncio.to_thread(heard, f"{url}/graphql") == {"heard": True}
