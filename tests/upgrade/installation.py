"""An installation between two releases, and the people who work in it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.issuer import Issuer
from tests.support.command_line import CommandLine
from tests.support.command_load import CommandLoad
from tests.support.every_projection import assert_projections_are_folds
from tests.support.graphql_client import Client
from tests.upgrade.fleet import NEW, OLD, Fleet
from tests.upgrade.reading_load import ReadingLoad


@dataclass(frozen=True)
class LoadedOrganization:
    """An organization that a load works in."""

    id: str
    admin: Client
    root: str
    why: str


class UpgradedInstallation:
    """An installation on its way from one release to the other, and the people who work meanwhile."""

    def __init__(self, fleet: Fleet, http: httpx.AsyncClient, issuer: Issuer, databases: dict[str, Secret]) -> None:
        self.fleet, self.http, self.issuer, self.databases = fleet, http, issuer, databases
        self.loads: list[tuple[LoadedOrganization, CommandLoad, ReadingLoad]] = []

    def client(self, organization: str) -> Client:
        """Speaks as the administrator of an organization."""
        return Client(
            self.http, f"{self.fleet.urls['gateway']}/graphql", self.issuer.person_token("admin", organization)
        )

    async def begin(self, stack: AsyncExitStack, told: dict[str, str], seed: int) -> None:
        """Begin to work in an organization."""
        org = LoadedOrganization(told["organization"], self.client(told["organization"]), told["root"], told["why"])
        load = await stack.enter_async_context(CommandLoad(org, org.why, writers=1, seed=seed, pause=0.3))
        reading = await stack.enter_async_context(ReadingLoad(org.admin, load))
        self.loads.append((org, load, reading))

    async def more(self, commands: int = 3) -> None:
        """Wait until that many more commands were acknowledged in each organization."""
        await asyncio.gather(*(load.more(commands) for _, load, _ in self.loads))

    async def migrate(self, folder: Path) -> None:
        """Run the migrations of this release, as its Job does."""
        urls = {f"GOLDENTHREAD_DATABASE_URL_{name.upper()}": url.reveal() for name, url in self.databases.items()}
        said = (await CommandLine(urls, folder)("migrate", "--json")).json()
        assert said["missing"] == []

    async def replace(self, version: str, names: Sequence[str]) -> None:
        """Replace processes: first all new ones are started, which share the work; then the others end, one by one."""
        other = OLD if version == NEW else NEW
        await self.fleet.start(version, *names)
        await self.fleet.all_work(*names)
        await self.more()
        for name in names:
            await self.fleet.end(other, name)

    async def found(self, id: str) -> dict[str, str]:
        """A new organization with a purpose and a why."""
        asked = {"id": id, "name": "New", "admin_name": "Ada Admin", "admin_subject": "admin"}
        headers = {"Authorization": f"Bearer {self.issuer.service_token()}"}
        answer = await self.http.post(f"{self.fleet.urls['goals']}/v1/organizations", json=asked, headers=headers)
        answer.raise_for_status()
        admin = self.client(id)
        document = "{ units { nodes { id } } viewer { person { signedInAt } } }"
        data = await admin.until(document, lambda d: d["viewer"]["person"]["signedInAt"], 60)
        root = data["units"]["nodes"][0]["id"]
        await admin.do("publishPurpose", "purpose { id }", {"statement": "Everybody hears."})
        why = {"statement": "Hear in noise", "because": "it is loud", "audience": [root]}
        made = await admin.do("publishWhy", "why { id }", why)
        return {"organization": id, "root": root, "why": made["why"]["id"]}

    async def assert_folds(self, organizations: Sequence[str]) -> None:
        """Every projection of every organization is the fold of all events."""
        for id in organizations:
            token = self.issuer.service_token()
            await assert_projections_are_folds(self.http, self.client(id), self.fleet.urls, token, id)
