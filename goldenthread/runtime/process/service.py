"""The shell around a process: settings, telemetry, an HTTP server, and an orderly end."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from typing import TypeVar

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.types import ASGIApp

from goldenthread.runtime.configuration import settings as settings_module
from goldenthread.runtime.configuration.certificates import CertificateProblem
from goldenthread.runtime.configuration.settings import BadSettings, ProcessSettings
from goldenthread.runtime.observability import failures
from goldenthread.runtime.observability.last_exports import export_last
from goldenthread.runtime.observability.logs import start_logs
from goldenthread.runtime.observability.metrics_export import start_metrics
from goldenthread.runtime.observability.start_progress import Misconfigured, StartProgress, started
from goldenthread.runtime.observability.tracing import start_traces
from goldenthread.runtime.postgres.schema_version import SchemaError
from goldenthread.runtime.process import certificate_check
from goldenthread.runtime.process.https_certificate import check_files, server_certificate
from goldenthread.runtime.process.issuer_check import issuer_check
from goldenthread.runtime.process.startup_endpoints import PortApps
from goldenthread.runtime.web.connection_limits import ConnectionLimits
from goldenthread.runtime.web.endpoints import BODIES
from goldenthread.runtime.web.server import ServerConfig, allow_files
from goldenthread.runtime.web.server_certificate import ServerCertificate

S = TypeVar("S", bound=ProcessSettings)

_BAD_SETTINGS, _BAD_SCHEMA = 2, 3
_FINISH_WITHIN = 5
"""Seconds for requests in flight, after the signal to end."""
_CLOSE_WITHIN = 3.0
"""Seconds for closing what was opened: a broker that is away is not waited for. Nothing rests on it."""
_AGAIN_AFTER = 1.0
"""Seconds in which several signals to end count as one: when a supervisor is killed, Linux sends one signal for each
of its threads.
"""


def main(name: str, kind: type[S], build: Callable[[S], AbstractAsyncContextManager[Starlette]]) -> None:
    """Run a process until SIGINT or SIGTERM; whatever `build` opened is closed before it ends.

    It answers from the first moment on; while something that `build` needs is away, it waits (`starting`). Exits with
    2, naming each variable, when its settings are wrong, or do not fit what they name for a minute; with 3 when its
    code does not fit its database; and with 1 when something in it failed.
    """
    try:
        found = settings_module.load(kind)
        check_files(found)
    except (BadSettings, CertificateProblem) as error:
        print(f"{name}: these settings cannot be used:\n{error}", file=sys.stderr)
        sys.exit(_BAD_SETTINGS)
    allow_files(found.http_connections)
    BODIES.most = found.http_bodies_mib * 2**20
    start_logs(name, found.log_level, found.log_file)
    traces = start_traces(name)
    meters = start_metrics(name)
    try:
        with suppress(asyncio.CancelledError), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(found, build))
    except (SchemaError, Misconfigured) as error:
        print(f"{name}: {error}", file=sys.stderr)
        sys.exit(_BAD_SCHEMA if isinstance(error, SchemaError) else _BAD_SETTINGS)
    except Exception:
        if not failures.has_failed():  # else it was logged where it happened
            raise
    finally:
        export_last(meters.shutdown, *([] if traces is None else [traces.shutdown]))
    if failures.has_failed():
        sys.exit(1)


class _HttpServer(uvicorn.Server):
    """Leaves signals to `_serve`: uvicorn raises them again once it has stopped, which would end the process then and
    there, with everything open.
    """

    def __init__(self, config: ServerConfig) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _serve(found: S, build: Callable[[S], AbstractAsyncContextManager[Starlette]]) -> None:
    server: _HttpServer | None = None
    told = float("-inf")
    loop, serving = asyncio.get_running_loop(), asyncio.current_task()
    assert serving is not None

    def end() -> None:
        """Requests in flight are answered first. A second signal, or one before the start, ends the process without
        that.
        """
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
    loop.set_exception_handler(failures.handle_loop_error)
    certificate_check.log_problems(found)
    start = StartProgress()
    apps = PortApps(start, found.internal_port is not None)
    with failures.process_ended_by(end):
        async with (
            issuer_check(found),
            _internally(found, apps),
            _publicly(found, apps) as (listening, answering),
        ):
            async with started(start, lambda: build(found)) as app:
                apps.serve(app)
                server = listening
                await answering
                loop.call_later(_CLOSE_WITHIN, serving.cancel)


@asynccontextmanager
async def _publicly(found: ProcessSettings, apps: PortApps) -> AsyncIterator[tuple[_HttpServer, asyncio.Task[None]]]:
    """Answer whoever asks, as long as the block, or until the server is told to exit: then the task ends."""
    config = _config(found, apps.public, found.http_host, found.http_port, server_certificate(found))
    server = _HttpServer(config)
    async with _listening(server, "public port") as answering:
        yield server, answering


@asynccontextmanager
async def _internally(found: ProcessSettings, apps: PortApps) -> AsyncIterator[None]:
    """Answer health and metrics on the internal port, where there is one, as long as the block: so they are also
    answered while a process finishes its last requests.
    """
    if found.internal_port is None or apps.internal is None:
        yield
        return
    host = found.internal_host or found.http_host
    async with _listening(_HttpServer(_config(found, apps.internal, host, found.internal_port)), "internal port"):
        yield


@asynccontextmanager
async def _listening(server: _HttpServer, name: str) -> AsyncIterator[asyncio.Task[None]]:
    """Run a server from when it listens to the end of the block. One that ends before is a failure of the process."""
    serving = asyncio.create_task(server.serve(), name=name)
    serving.add_done_callback(lambda task: None if server.should_exit else failures.fail_when_ended(task))
    try:
        await server.listening.wait()
        yield serving
    finally:
        server.should_exit = True
        await asyncio.wait({serving})


def _config(
    found: ProcessSettings, app: ASGIApp, host: str, port: int, certificate: ServerCertificate | None = None
) -> ServerConfig:
    limits = ConnectionLimits(
        header_seconds=found.http_header_seconds,
        body_seconds=found.http_body_seconds,
        idle_seconds=found.http_idle_seconds,
        reader_seconds=found.http_reader_seconds,
        connections=found.http_connections,
    )
    return ServerConfig(app, limits, certificate, host=host, port=port, timeout_graceful_shutdown=_FINISH_WITHIN)
