"""The four processes as an operator runs them with an OpenID provider of their own: each is a client there."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.topology import PROCESSES, Wiring, environment
from goldenthread.runtime.clock import new_id
from tests.support.encryption_keys import keys_file
from tests.support.graphql_client import Client


class SignedInInstallation:
    """The processes, and where they are. `variables` has the environment of each."""

    def __init__(self, wiring: Wiring, folder: Path, variables: Mapping[str, Mapping[str, str]]) -> None:
        self._wiring, self.variables = wiring, variables
        self.processes = {
            process.name: ServiceProcess(
                process.name,
                process.command,
                port=wiring.ports[process.name],
                log=folder / f"{process.name}.log",
                environment=lambda told=variables[process.name]: told,  # type: ignore[misc]
            )
            for process in PROCESSES
        }

    @property
    def gateway(self) -> str:
        """Where the gateway answers."""
        return self._wiring.url("gateway")

    def client(self, http: httpx.AsyncClient, token: str) -> Client:
        """Speaks to the gateway with a token."""
        return Client(http, f"{self.gateway}/graphql", token)

    async def found(self, http: httpx.AsyncClient, operator_token: str, administrator: str) -> str:
        """A new organization, founded with a service's token; `administrator` is the `sub` of who administers it."""
        asked = {"id": new_id("org"), "name": "Example", "admin_name": "Ada", "admin_subject": administrator}
        headers = {"Authorization": f"Bearer {operator_token}"}
        answer = await http.post(f"{self._wiring.url('goals')}/v1/organizations", json=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        return asked["id"]

    def logs(self) -> str:
        """All that the processes have logged."""
        return "".join(each.log.read_text() for each in self.processes.values())


@asynccontextmanager
async def installation(
    postgres: Postgres, kafka: Broker, folder: Path, told: Mapping[str, Mapping[str, str]]
) -> AsyncIterator[SignedInInstallation]:
    """The four processes as long as the block; `told` has what an operator sets of the provider for each."""
    names = {process.name: f"test_{process.name}_{uuid.uuid4().hex}" for process in PROCESSES if process.database}
    await ensure_databases(postgres.url(), list(names.values()))
    urls = {name: database_url(postgres.url(), database) for name, database in names.items()}
    ports = dict(zip((each.name for each in PROCESSES), free_ports(len(PROCESSES)), strict=True))
    wiring = Wiring(urls, kafka.address, True, ports, "", "goldenthread", keys_file=keys_file())
    variables = {each.name: {**environment(each, wiring, ""), **told[each.name]} for each in PROCESSES}
    made = SignedInInstallation(wiring, folder, variables)
    try:
        await asyncio.gather(*(process.start() for process in made.processes.values()))
        yield made
    finally:
        await asyncio.gather(*(process.stop() for process in made.processes.values()))


async def judged(client: Client, title: str) -> None:
    """A why that is answered by an objective, until all four processes have had a part in its verdict: aligned."""
    unit = (await client.ask("{ units { nodes { id } } }"))["units"]["nodes"][0]["id"]
    why = {"statement": f"A why {title}", "because": "people plan their day", "audience": [unit]}
    why_id = (await client.do("publishWhy", "why { id }", why))["why"]["id"]
    link = {"parent": why_id, "because": "nobody waits in vain"}
    objective = {"title": f"An objective {title}", "owners": [unit], "linkTo": link}
    made = (await client.do("createObjective", "objective { id }", objective))["objective"]["id"]
    asked = "query Q($id: ID!) { node(id: $id) { ... on Objective { alignment { state } } } }"
    await client.until(asked, lambda data: data["node"]["alignment"]["state"] == "ALIGNED", id=made)
