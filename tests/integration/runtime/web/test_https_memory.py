"""What a connection with TLS keeps after a large request: little, however much came at once."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.asgi_server import serving
from tests.support.https_server import HttpsFiles
from tests.support.process_memory import megabytes

MANY = 100
CLIENT = """
import socket, ssl, sys
port, authorities, many = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
body = b"x" * 200_000
context = ssl.create_default_context(cafile=authorities)
held = []
for _ in range(many):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
    connection = context.wrap_socket(connection, server_hostname="127.0.0.1")
    connection.sendall(b"POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 200000\\r\\n\\r\\n" + body)
    answer = b""
    while not answer.endswith(b"200000"):
        answer += connection.recv(65_536)
    held.append(connection)
print("ready", flush=True)
sys.stdin.read()
"""


async def _length(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def kept(url: str, files: HttpsFiles, many: int) -> float:
    """KiB that each of so many idle connections has this process keep, after a large request."""
    before = megabytes(os.getpid())
    arguments = ("-c", CLIENT, url.rpartition(":")[2], str(files.authorities), str(many))
    client = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=PIPE, stdout=PIPE)
    assert client.stdin is not None
    assert client.stdout is not None
    assert await asyncio.wait_for(client.stdout.readline(), 60) == b"ready\n"
    now = megabytes(os.getpid())
    client.stdin.close()
    await client.wait()
    return (now - before) * 1024 / many


async def test_an_idle_connection_keeps_little_after_a_large_request(tmp_path: Path) -> None:
    files = HttpsFiles(tmp_path)
    app = Starlette(routes=[Route("/", _length, methods=["POST"])])
    async with serving(app, certificate=files.served()) as url:
        await kept(url, files, 20)  # what is loaded once
        assert await kept(url, files, MANY) < 60
