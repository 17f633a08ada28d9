"""The four processes as they are run, each on databases of its own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import msgspec

from goldenthread.contracts.envelope import Event, events_from_json
from goldenthread.contracts.read_api import EventsPage
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.topology import PROCESSES, Wiring, environment
from tests.support.encryption_keys import keys_file


class Processes:
    """Some of the four, started; and what one asks them."""

    def __init__(self, running: Mapping[str, ServiceProcess], http: httpx.AsyncClient) -> None:
        self.running, self.http = running, http

    async def organization(self) -> str:
        id = f"org_{uuid.uuid4().hex}"
        asked = {"id": id, "name": "Example", "admin_name": "Ada", "admin_subject": "ada"}
        (await self.http.post(f"{self.running['goals'].url}/v1/organizations", json=asked)).raise_for_status()
        return id

    async def events(self, process: str, organization: str) -> list[Event]:
        query = {"organization": organization, "after": "0", "limit": "100"}
        answer = await self.http.get(f"{self.running[process].url}/v1/events", params=query)
        return events_from_json(msgspec.json.decode(answer.raise_for_status().content, type=EventsPage).events)


Start = Callable[..., Awaitable[Processes]]
"""Starts the processes named, or all, with further variables of their environment."""


@asynccontextmanager
async def starting(postgres: Postgres, kafka: Broker, issuer: Issuer, folder: Path) -> AsyncIterator[Start]:
    """What starts processes; they end with the block. Their logs are in `folder`."""
    async with AsyncExitStack() as stack:

        async def run(*names: str, **variables: str) -> Processes:
            wiring = await _wiring(postgres, kafka, issuer)
            http = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
            http.headers["Authorization"] = f"Bearer {issuer.service_token()}"
            running = {}
            for process in PROCESSES:
                if not names or process.name in names:
                    told = environment(process, wiring, issuer.service_token(process.client)) | variables
                    running[process.name] = ServiceProcess(
                        process.name,
                        process.command,
                        port=wiring.ports[process.name],
                        log=folder / f"{process.name}.log",
                        environment=lambda told=told: told,  # type: ignore[misc]
                    )
                    await stack.enter_async_context(_running(running[process.name]))
            return Processes(running, http)

        yield run


async def _wiring(postgres: Postgres, kafka: Broker, issuer: Issuer) -> Wiring:
    databases = {process.name: f"test_{uuid.uuid4().hex}" for process in PROCESSES}
    await ensure_databases(postgres.url(), list(databases.values()))
    urls = {name: database_url(postgres.url(), database) for name, database in databases.items()}
    ports = dict(zip(databases, free_ports(len(PROCESSES)), strict=True))
    return Wiring(urls, kafka.address, True, ports, issuer.url, "goldenthread", keys_file=keys_file())


@asynccontextmanager
async def _running(service: ServiceProcess) -> AsyncIterator[None]:
    await service.start()
    try:
        yield
    finally:
        await service.stop()
