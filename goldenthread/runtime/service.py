"""The shell around a process: settings, telemetry, an HTTP server, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

import httpx
import uvicorn
import uvloop
from starlette.applications import Starlette

from goldenthread.runtime import settings as settings_module
from goldenthread.runtime import telemetry
from goldenthread.runtime.settings import BadSettings, Service

log = logging.getLogger(__name__)
S = TypeVar("S", bound=Service)


def main(name: str, kind: type[S], build: Callable[[S], AbstractAsyncContextManager[Starlette]]) -> None:
    """Run a process until SIGINT or SIGTERM. Exits with 2, naming each variable, when its settings are wrong."""
    try:
        found = settings_module.load(kind)
    except BadSettings as error:
        print(f"{name}: these settings cannot be used:\n{error}", file=sys.stderr)
        sys.exit(2)
    provider = telemetry.start(name, found)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(found, build))
    finally:
        if provider is not None:
            provider.shutdown()


async def _serve(found: S, build: Callable[[S], AbstractAsyncContextManager[Starlette]]) -> None:
    async with build(found) as app:
        config = uvicorn.Config(
            app,
            host=found.http_host,
            port=found.http_port,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
            ws="websockets-sansio",
            ws_max_size=1024 * 1024,
        )
        await uvicorn.Server(config).serve()


@asynccontextmanager
async def background(*tasks: asyncio.Task[None]) -> AsyncIterator[None]:
    """Tasks that live as long as the block; one that fails is logged and ends the process, to be restarted."""
    for task in tasks:
        task.add_done_callback(_end_if_failed)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _end_if_failed(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("%s failed; this process ends", task.get_name(), exc_info=task.exception())
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def http_client(token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client for the other processes; with `token`, speaking as this service."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    async with httpx.AsyncClient(headers=headers, timeout=httpx.Timeout(10.0), limits=limits) as client:
        yield client
