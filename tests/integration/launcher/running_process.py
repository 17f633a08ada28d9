"""A process of ours that runs."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.topology import PROCESSES, Wiring, environment
from tests.support.asgi_server import eventually
from tests.support.encryption_keys import keys_file

EVERY = {process.name: process for process in PROCESSES}


NOWHERE = Secret("postgresql://nobody@127.0.0.1:1/none")


class Running:
    """One of our processes."""

    def __init__(self, process: Process, http: httpx.AsyncClient) -> None:
        self.process, self.http = process, http
        self.lines: list[str] = []

    async def read(self) -> None:
        """Keep what it writes to stderr."""
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.lines.append(line.decode())

    async def ready(self) -> tuple[int, dict[str, Any]]:
        """What `/ready` answers; nothing while nothing listens."""
        try:
            answer = await self.http.get("/ready")
        except httpx.TransportError:
            return 0, {}
        return answer.status_code, answer.json()

    async def waits_for(self, check: str, *words: str) -> None:
        """Returns when `/ready` says that it waits for that, in a sentence with these words."""

        async def said() -> bool:
            assert self.process.returncode is None, self.lines
            status, body = await self.ready()
            sentence = body.get("checks", {}).get(check, "")
            return status == 503 and all(word in sentence for word in words)

        await eventually(said, 60)

    async def is_ready(self) -> None:
        async def said() -> bool:
            assert self.process.returncode is None, self.lines
            return (await self.ready())[0] == 200

        await eventually(said, 60)

    async def ended(self, seconds: float = 60) -> int:
        async with asyncio.timeout(seconds):
            return await self.process.wait()


@asynccontextmanager
async def running(
    name: str, issuer: Issuer, database: Secret = NOWHERE, kafka: str = "127.0.0.1:1", **variables: str
) -> AsyncIterator[Running]:
    ports = dict(zip(EVERY, free_ports(len(EVERY)), strict=True))
    wiring = Wiring(
        {name: database}, kafka, True, ports, issuer.identifier, issuer.audience, issuer.url, keys_file=keys_file()
    )
    told = environment(EVERY[name], wiring, issuer.service_token(f"goldenthread-{name}"))
    told |= {f"GOLDENTHREAD_{key}": value for key, value in variables.items()}
    process = await asyncio.create_subprocess_exec(*EVERY[name].command, env=os.environ | told, stderr=PIPE)
    port = variables.get("INTERNAL_PORT", ports[name])
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        made = Running(process, http)
        reading = asyncio.create_task(made.read())
        try:
            yield made
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await reading
