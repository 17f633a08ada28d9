"""Serves the issuer's documents from within the supervisor's own process: one process fewer to start."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import HOST
from goldenthread.runtime.web.connection_limits import ConnectionLimits
from goldenthread.runtime.web.server import ServerConfig


class _IssuerHttpServer(uvicorn.Server):
    """Leaves signals to the supervisor."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class IssuerServer:
    """The issuer on a port of the loopback interface, as a component the supervisor runs."""

    name = "issuer"

    def __init__(self, issuer: Issuer, port: int) -> None:
        self._issuer = issuer
        self._port = port
        self._server: _IssuerHttpServer | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start serving; returns when requests are answered."""
        try:
            listening = socket.create_server((HOST, self._port), backlog=128)
        except OSError as error:
            raise LaunchError(f"the issuer cannot listen on {HOST}:{self._port}: {error.strerror}") from error
        config = ServerConfig(self._issuer.app(), ConnectionLimits(), timeout_graceful_shutdown=1)
        self._server = _IssuerHttpServer(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]), name="issuer")
        while not self._server.started:
            if self._serving.done():
                raise LaunchError(f"the issuer ended before it was ready: {self._serving.exception()!r}")
            await asyncio.sleep(0.005)

    async def wait(self) -> int:
        """Returns when serving has ended: 0, or 1 after an error."""
        if self._serving is None:
            return 0
        await asyncio.wait([self._serving])
        return int(self._serving.cancelled() or self._serving.exception() is not None)

    async def stop(self) -> None:
        """Stop serving."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await asyncio.wait([self._serving])
