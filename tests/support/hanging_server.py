"""A neighbour that hangs: it accepts connections, reads what is sent, and never answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class HangingServer:
    """What it was asked so far."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        """The first lines of requests, such as `GET /v1/snapshot?…`."""


@asynccontextmanager
async def hanging_server(port: int) -> AsyncIterator[HangingServer]:
    """Listens on `port` as long as the block."""
    found, open_ = HangingServer(), set[asyncio.StreamWriter]()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_.add(writer)
        try:
            while line := await reader.readline():
                if line.endswith(b" HTTP/1.1\r\n"):
                    found.asked.append(line.decode().removesuffix(" HTTP/1.1\r\n"))
        except ConnectionError:
            pass
        finally:
            open_.discard(writer)

    server = await asyncio.start_server(take, "127.0.0.1", port)
    try:
        yield found
    finally:
        server.close()
        for writer in list(open_):
            writer.transport.abort()
        await server.wait_closed()
