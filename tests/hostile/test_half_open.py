"""Connections that say nothing, or half of something, are gone after a while and cost little until then."""

from __future__ import annotations

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.asgi_server import eventually
from tests.support.process_memory import megabytes
from tests.support.story_organization import StoryOrganization

pytestmark = pytest.mark.alone

MANY = 300
_SECONDS = 3.0
"""Of the time-outs, as set in conftest.py."""

HALF = {
    "nothing": b"",
    "half a request line": b"POST /grap",
    "half the headers": b"POST /graphql HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 10_000,
    "half a handshake": b"GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
}


async def opened(org: StoryOrganization, sent: bytes) -> tuple[StreamReader, StreamWriter]:
    address = urlsplit(org.admin.url)
    assert address.hostname is not None
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(sent)
    return reader, writer


async def ended(reader: StreamReader) -> None:
    with suppress(ConnectionResetError):
        while await reader.read(2**16):
            pass


@pytest.mark.parametrize("sent", HALF.values(), ids=HALF.keys())
async def test_what_is_half_sent_is_gone_after_the_time_out(org: StoryOrganization, sent: bytes) -> None:
    gateway = org.up.instance.pids["gateway"]
    before, started = megabytes(gateway), time.monotonic()
    connections = [await opened(org, sent) for _ in range(MANY)]
    assert (await org.admin.post("{ organization { name } }")).status_code == 200
    await asyncio.wait_for(asyncio.gather(*(ended(reader) for reader, _ in connections)), _SECONDS + 15)
    assert time.monotonic() - started > _SECONDS - 0.5
    assert megabytes(gateway) - before < 50
    for _, writer in connections:
        writer.close()


async def test_large_bodies_without_a_token_are_not_kept(org: StoryOrganization, http: httpx.AsyncClient) -> None:
    gateway = org.up.instance.pids["gateway"]
    before = most = megabytes(gateway)
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 12000000\r\n\r\n"
    connections = [await opened(org, head + b"x" * 1_000_000) for _ in range(80)]
    for reader, _ in connections:
        assert b" 401 " in await asyncio.wait_for(reader.readline(), 20)
        most = max(most, megabytes(gateway))
    assert most - before < 80
    for _, writer in connections:
        writer.transport.abort()
    assert (await org.admin.post("{ organization { name } }")).status_code == 200


async def test_one_caller_cannot_take_all_requests(org: StoryOrganization) -> None:
    """Half-sent bodies of one caller: their next request is refused, somebody else's is answered."""
    other = await org.person("other")
    token = org.admin.headers()["Authorization"]
    kind = "Content-Type: application/json\r\nContent-Length: 1000"
    head = f"POST /graphql HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\n{kind}\r\n\r\n{{"
    connections = [await opened(org, head.encode()) for _ in range(40)]

    async def refused() -> bool:
        answer = await org.admin.post("{ organization { name } }")
        return answer.status_code == 429 and answer.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"

    await eventually(refused)
    assert (await other.post("{ organization { name } }")).status_code == 200
    for _, writer in connections:
        writer.transport.abort()
