"""A collector that takes everything at once and does nothing with it: what a collector spends is not to be measured."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_DONE = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"


class TelemetrySink:
    """What arrived so far."""

    def __init__(self) -> None:
        self.url = ""
        """Its base address."""
        self.exports: Counter[str] = Counter()
        """Requests, by path."""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it ends."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = head.lower().partition("content-length:")[2].split("\r\n", 1)[0]
                await reader.readexactly(int(length))
                self.exports[head.split(" ", 2)[1]] += 1
                writer.write(_DONE)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def telemetry_sink() -> AsyncIterator[TelemetrySink]:
    """A sink that listens while the block lasts."""
    sink = TelemetrySink()
    async with await asyncio.start_server(sink.answer, "127.0.0.1", 0) as server:
        sink.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield sink
