"""A collector that takes everything at once and does nothing with it: what a collector spends is not to be measured."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_DONE = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n"


class TelemetrySink:
    """What arrived so far: the bodies of requests, by path."""

    def __init__(self) -> None:
        self.url = ""
        """Its base address."""
        self.exports: Counter[str] = Counter()
        """Requests, by path."""
        self._traces: list[bytes] = []

    def take_span_count(self) -> int:
        """The spans that arrived since the last call."""
        bodies, self._traces = self._traces, []
        requests = map(ExportTraceServiceRequest.FromString, bodies)
        scopes = (scope for each in requests for resource in each.resource_spans for scope in resource.scope_spans)
        return sum(len(scope.spans) for scope in scopes)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it ends."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = head.lower().partition("content-length:")[2].split("\r\n", 1)[0]
                body = await reader.readexactly(int(length))
                path = head.split(" ", 2)[1]
                self.exports[path] += 1
                if path == "/v1/traces":
                    self._traces.append(body)
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
