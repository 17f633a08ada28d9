"""One of our processes, as a child: ready when `GET /ready` says so."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from goldenthread.launcher import gateway_address
from goldenthread.launcher.child_process import kill, spawn, stop
from goldenthread.launcher.errors import ended_too_early, not_ready
from goldenthread.launcher.liveness import exchange
from goldenthread.launcher.ports import HOST
from goldenthread.runtime.web.client import HttpClient

_LIVE = f"GET /live HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()


class ServiceProcess:
    """A process that serves HTTP on `host` and `port`. `environment` is asked at every start and added to our own."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        host: str = HOST,
        port: int,
        log: Path,
        environment: Callable[[], Mapping[str, str]],
        patience: float = 300.0,
    ) -> None:
        self.name = name
        self.host = host
        self.port = port
        self.log = log
        self._command = command
        self._environment = environment
        self._patience = patience
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    @property
    def url(self) -> str:
        """Where it answers to this machine."""
        return gateway_address.url(self.host, self.port)

    async def start(self) -> None:
        """Start the process; returns when it is ready."""
        environment = {"PYTHONUNBUFFERED": "1", **self._environment()}
        self._process = await spawn(self._command, log=self.log, env=environment)
        try:
            await self._ready(self._process)
        except BaseException:
            await self.stop()
            raise

    async def wait(self) -> int:
        """The exit code, once it has ended."""
        return 0 if self._process is None else await self._process.wait()

    async def ping(self) -> None:
        """Returns when the answer to `/live` begins, whatever it is; raises OSError or EOFError when none comes."""
        await exchange(self.port, _LIVE, 5, gateway_address.local(self.host))

    def kill(self) -> None:
        """End the process at once."""
        kill(self._process)

    async def stop(self) -> None:
        """Ask it to finish what it does and end; kills it when that takes longer than ten seconds."""
        if self._process is not None:
            await stop(self._process, signal.SIGTERM, patience=10)

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        deadline = asyncio.get_running_loop().time() + self._patience
        async with HttpClient(base_url=self.url, timeout=5, trust_env=False) as client:
            while not await _answers(client):
                if process.returncode is not None:
                    raise ended_too_early(self.name, process.returncode, self.log)
                if asyncio.get_running_loop().time() > deadline:
                    raise not_ready(self.name, self._patience, self.log)
                await asyncio.sleep(0.05)
        if process.returncode is not None:  # somebody else answered on that port
            raise ended_too_early(self.name, process.returncode, self.log)


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/ready")).status_code == 200
    except httpx.HTTPError:
        return False
