"""One Keycloak with an empty database, and its administrator."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from goldenthread.launcher.child_process import spawn, stop
from goldenthread.launcher.ports import HOST, free_port
from tests.support.openid.keycloak.distribution import distribution

PASSWORD = "only for tests"
"""Of its administrator `admin`."""
_PATIENCE = 180.0


class Keycloak:
    """A server that is started for one test, and logs to `folder`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.log = folder / "keycloak.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def tools(self) -> Path:
        """The folder of `kcadm.sh`."""
        return distribution() / "bin"

    async def start(self) -> None:
        """Start it; returns when it answers."""
        listens = (f"--http-host={HOST}", f"--http-port={self.port}", f"--hostname={self.url}")
        options = ("--optimized", "--cache=local", "--http-enabled=true", *listens)
        told = {"KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD}
        self._process = await spawn([self.tools / "kc.sh", "start", *options], log=self.log, env=told)
        await self._ready(self._process)

    async def stop(self) -> None:
        """End it; its database is gone."""
        if self._process is not None:
            await stop(self._process, signal.SIGTERM, patience=20)

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        deadline = time.monotonic() + _PATIENCE
        async with httpx.AsyncClient() as http:
            while not await _answers(http, f"{self.url}/realms/master"):
                assert process.returncode is None, f"Keycloak has ended: {self.log.read_text()}"
                assert time.monotonic() < deadline, f"Keycloak does not answer: {self.log.read_text()}"
                await asyncio.sleep(0.5)


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == 200
    except httpx.TransportError:
        return False
