"""Asks one GraphQL endpoint with as little work as can be: what a client spends is not what is to be measured."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import msgspec

_KEPT = 2.0
"""Seconds."""

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class GraphQLRequests:
    """Up to `lines` questions at a time, each connection kept for the next. Raises RuntimeError for any error."""

    def __init__(self, url: str, token: str, lines: int) -> None:
        where = urlsplit(url)
        self._host, self._port = where.hostname, where.port
        self._head = f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {token}\r\n".encode()
        self._lines: list[tuple[float, Line]] = []
        """Those that nobody speaks on, and since when."""
        self._gate = asyncio.Semaphore(lines)

    async def __call__(self, document: str, **input: Any) -> Any:
        """The payload of the document's one field."""
        body = msgspec.json.encode({"query": document, "variables": {"input": input}})
        async with self._gate, self._line() as (reader, writer):
            kind = b"Content-Type: application/json\r\nContent-Length: "
            writer.write(self._head + kind + str(len(body)).encode() + b"\r\n\r\n" + body)
            headers = (await reader.readuntil(b"\r\n\r\n")).lower()
            text = await reader.readexactly(int(headers.partition(b"content-length:")[2].split(b"\r\n", 1)[0]))
        answer = msgspec.json.decode(text)
        payload = next(iter(answer["data"].values())) if answer.get("data") else None
        if payload is None or answer.get("errors") or payload.get("errors"):
            raise RuntimeError(text.decode())
        return payload

    def close(self) -> None:
        """Hang up."""
        for _, (_, writer) in self._lines:
            writer.close()

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[Line]:
        """A connection nobody else speaks on; the server may have hung up one that has not been used for long."""
        line: Line | None = None
        while self._lines and line is None:
            since, (reader, writer) = self._lines.pop()
            if perf_counter() - since < _KEPT:
                line = reader, writer
            else:
                writer.close()
        line = line or await asyncio.open_connection(self._host, self._port)
        yield line
        self._lines.append((perf_counter(), line))
