"""The shell around a process: settings, telemetry, an HTTP server, and an orderly end."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import TypeVar

import uvicorn
import uvloop
from starlette.applications import Starlette

from goldenthread.runtime import failures, health, telemetry
from goldenthread.runtime import settings as settings_module
from goldenthread.runtime.connections import Limits
from goldenthread.runtime.http import BODIES
from goldenthread.runtime.http_server import ServerConfig, allow_files
from goldenthread.runtime.settings import BadSettings, Service

S = TypeVar("S", bound=Service)

_FINISH_WITHIN = 5
"""Seconds for requests in flight, once told to end."""
_CLOSE_WITHIN = 3.0
"""Seconds for closing what was opened: a broker that is away is not waited for. Nothing rests on it."""
_AGAIN_AFTER = 1.0
"""Seconds in which being told to end several times is being told once: when a supervisor is killed, Linux sends the
signal anew for each of its threads.
"""


def main(name: str, kind: type[S], build: Callable[[S], AbstractAsyncContextManager[Starlette]]) -> None:
    """Run a process until SIGINT or SIGTERM; whatever `build` opened is closed before it ends.

    Exits with 2, naming each variable, when its settings are wrong, and with 1 when something in it failed.
    """
    try:
        found = settings_module.load(kind)
    except BadSettings as error:
        print(f"{name}: these settings cannot be used:\n{error}", file=sys.stderr)
        sys.exit(2)
    allow_files(found.http_connections)
    BODIES.most = found.http_bodies_mib * 2**20
    provider = telemetry.start(name, found)
    try:
        with suppress(asyncio.CancelledError), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(found, build))
    except Exception:
        if not failures.has_failed():  # else it was logged where it happened
            raise
    finally:
        if provider is not None:
            provider.shutdown()
    if failures.has_failed():
        sys.exit(1)


class _Server(uvicorn.Server):
    """Leaves signals to `_serve`: uvicorn raises them again once it has stopped, which would end the process then and
    there, with everything open.
    """

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _serve(found: S, build: Callable[[S], AbstractAsyncContextManager[Starlette]]) -> None:
    server: _Server | None = None
    told = float("-inf")
    loop, serving = asyncio.get_running_loop(), asyncio.current_task()
    assert serving is not None

    def end() -> None:
        """Requests in flight are answered first; told again, or before it serves, it gives up what it is at."""
        nonlocal told
        if loop.time() - told < _AGAIN_AFTER:
            return
        told = loop.time()
        if server is None or server.should_exit:
            serving.cancel()
        else:
            server.should_exit = True

    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, end)
    loop.set_exception_handler(failures.unheard)
    with failures.ending_by(end):
        async with build(found) as app:
            async with _internally(found, app):
                server = _Server(_config(found, app, found.http_host, found.http_port))
                await server.serve()
            loop.call_later(_CLOSE_WITHIN, serving.cancel)


@asynccontextmanager
async def _internally(found: Service, app: Starlette) -> AsyncIterator[None]:
    """Answer what is the operator's on the internal port, where there is one, as long as the block: so it is still
    told how a process is that finishes what it was asked. `app` answers it no more.
    """
    if found.internal_port is None:
        yield
        return
    host = found.internal_host or found.http_host
    server = _Server(_config(found, health.taken_from(app), host, found.internal_port))
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(), name="internal port")
        try:
            yield
        finally:
            server.should_exit = True


def _config(found: Service, app: Starlette, host: str, port: int) -> ServerConfig:
    limits = Limits(
        header_seconds=found.http_header_seconds,
        body_seconds=found.http_body_seconds,
        idle_seconds=found.http_idle_seconds,
        reader_seconds=found.http_reader_seconds,
        connections=found.http_connections,
    )
    return ServerConfig(app, limits, host=host, port=port, timeout_graceful_shutdown=_FINISH_WITHIN)
