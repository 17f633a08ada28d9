"""An ASGI application behind a real port, served by this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from goldenthread.runtime.web.connection_limits import ConnectionLimits
from goldenthread.runtime.web.server import ServerConfig
from goldenthread.runtime.web.server_certificate import ServerCertificate


class _Server(uvicorn.Server):
    """Leaves signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(
    app: Starlette,
    port: int = 0,
    limits: ConnectionLimits | None = None,
    certificate: ServerCertificate | None = None,
    host: str = "127.0.0.1",
) -> AsyncIterator[str]:
    """Serves `app` as our processes do; the URL it answers at."""
    limits = limits or ConnectionLimits()
    config = ServerConfig(app, limits, certificate, host=host, port=port, timeout_graceful_shutdown=1)
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    await eventually(lambda: server.started or task.done())
    assert server.started, task
    try:
        scheme = "http" if certificate is None else "https"
        yield f"{scheme}://{host}:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def eventually(holds: Callable[[], bool | Awaitable[bool]], seconds: float = 30) -> None:
    """Returns once `holds` does; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if found if isinstance(found, bool) else await found:
            return
        assert time.monotonic() < deadline, "this did not become true in time"
        await asyncio.sleep(0.02)
