"""Whatever ends a request without an answer is an `httpx.HTTPError`, which callers catch."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvloop

from goldenthread.launcher.ports import free_port
from goldenthread.runtime.web.client import http_client


@pytest.fixture
def url() -> Iterator[str]:
    """Of a server that ends as soon as it has begun, over and over: connections are accepted and lost."""
    port, over = free_port(), threading.Event()

    def begin_and_end() -> None:
        while not over.is_set():
            with socket.create_server(("127.0.0.1", port), backlog=64):
                over.wait(0.0005)

    thread = threading.Thread(target=begin_and_end)
    thread.start()
    yield f"http://127.0.0.1:{port}/"
    over.set()
    thread.join()


def test_a_process_that_ends_while_a_connection_to_it_begins_is_away(url: str) -> None:
    async def said() -> None:
        async with http_client() as client, asyncio.timeout(60):
            met = False
            while not met:
                with pytest.raises(httpx.HTTPError) as caught:
                    await client.post(url, content=b"asked")
                met = caught.type is httpx.NetworkError

    uvloop.run(said())
