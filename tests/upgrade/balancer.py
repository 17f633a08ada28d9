"""One address for all replicas of a process, as a Service of Kubernetes: connections go to those that are ready."""

from __future__ import annotations

import asyncio
import contextlib
import time
from types import TracebackType
from typing import Self

from goldenthread.launcher.ports import HOST

_QUIET = 0.05
"""Seconds after an answer in which nothing was asked: then nobody waits for anything on a connection."""


class Balancer:
    """Listens on `port`, and hands each new connection to one of `backends`, in turn."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.backends: list[int] = []
        """Ports of the replicas; one that is taken out keeps the connections that it has."""
        self._turn = 0
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()

    def add(self, port: int) -> None:
        """From now on a replica gets new connections."""
        self.backends.append(port)
        self.end_quiet_connections()

    def end_quiet_connections(self) -> None:
        """End those on which nobody waits, as they end after some seconds anyway: callers who ask all the time keep the
        connections that they have, and a new replica would get no work. One that is busy now is ended by a later call.
        """
        for each in self._open:
            if each.is_quiet():
                each.close()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, HOST, self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for each in self._open:
            each.close()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            behind = await self._connected()
            if behind is not None:
                connection = _Connection(writer, behind[1])
                self._open.add(connection)
                await asyncio.gather(connection.asks(reader), connection.answers(behind[0]))
                self._open.discard(connection)
        finally:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection to the replica whose turn it is; None where none answers, which the caller sees as an end."""
        for _ in range(len(self.backends)):
            self._turn += 1
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(HOST, self.backends[self._turn % len(self.backends)])
        return None


class _Connection:
    """A caller, and the replica that it speaks with."""

    def __init__(self, caller: asyncio.StreamWriter, replica: asyncio.StreamWriter) -> None:
        self._caller, self._replica = caller, replica
        self._answered: float | None = None

    def is_quiet(self) -> bool:
        return self._answered is not None and time.monotonic() - self._answered > _QUIET

    def close(self) -> None:
        self._caller.close()
        self._replica.close()

    async def asks(self, caller: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while some := await caller.read(65_536):
                self._answered = None
                self._replica.write(some)
                await self._replica.drain()
        self.close()

    async def answers(self, replica: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while some := await replica.read(65_536):
                self._answered = time.monotonic()
                self._caller.write(some)
                await self._caller.drain()
        self.close()
