"""Keycloak, set up by the commands of `docs/signin/keycloak.md`: the processes take its tokens of a
person and of services.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from gateway.settings import Settings
from goldenthread.cli.doctor.deployment.examination import examine_processes
from goldenthread.cli.doctor.deployment.findings import FindingState
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.settings import load
from goldenthread.runtime.identity.verifier import Verifier
from tests.support.openid.installation import SignedInInstallation, installation, judged
from tests.support.openid.keycloak import guide
from tests.support.openid.keycloak.server import PASSWORD, Keycloak
from tests.support.openid.person_sign_in import PublicClient, issued_tokens, sign_in
from tests.support.running_instance import COMMAND

pytestmark = pytest.mark.keycloak

ADA_PASSWORD = "Ada's, for tests"
SET_UP = (
    "",
    "What tokens say: a client scope",
    "The processes: a client for each",
    "People: clients without a secret",
    "Administrators of the installation: a realm role",
)


class Place:
    """Where the page's commands are run: a folder, and the variables that they use."""

    def __init__(self, keycloak: Keycloak, folder: Path) -> None:
        self.keycloak, self.folder = keycloak, folder
        self.variables = {
            "KEYCLOAK": keycloak.url,
            "KC_CLI_PASSWORD": PASSWORD,
            "ADA_PASSWORD": ADA_PASSWORD,
            "PATH": f"{keycloak.tools}:{COMMAND.parent}:{os.environ['PATH']}",
        }

    async def run(self, commands: str, **more: str) -> str:
        return await guide.run(commands, self.folder, self.variables | more)

    async def ada(self) -> str:
        """A token of Ada, who signs in with code and PKCE."""
        issuer = f"{self.keycloak.url}/realms/goldenthread"
        given = await issued_tokens(issuer, PublicClient("goldenthread-people"), "ada", ADA_PASSWORD)
        return str(given["access_token"])

    def settings(self) -> dict[str, dict[str, str]]:
        """What the page sets for each process, with this Keycloak's address and the secrets that it gave."""
        everybody, own = (guide.settings(block) for block in guide.blocks("Settings of every process"))
        everybody["GOLDENTHREAD_ISSUER"] = everybody["GOLDENTHREAD_ISSUER"].replace("$KEYCLOAK", self.keycloak.url)
        found = {}
        for process in PROCESSES:
            client = {name: value.replace("goldenthread-gateway", process.client) for name, value in own.items()}
            client = {name: value.replace("/run/secrets", str(self.folder)) for name, value in client.items()}
            found[process.name] = everybody | client
        return found


@pytest.fixture
async def realm(place: Path) -> AsyncIterator[Place]:
    folder = place / f"keycloak-{uuid.uuid4().hex}"
    folder.mkdir()
    async with Keycloak(folder) as keycloak:
        made = Place(keycloak, folder)
        for heading in SET_UP:
            for commands in guide.blocks(heading):
                await made.run(commands)
        yield made


@pytest.fixture
async def running(realm: Place, postgres: Postgres, broker: Broker) -> AsyncIterator[SignedInInstallation]:
    async with installation(postgres, broker, realm.folder / "logs", realm.settings()) as made:
        yield made


async def test_what_the_page_says_works(realm: Place, running: SignedInInstallation) -> None:
    asks, takes, creates = guide.blocks("The first organization")
    await realm.run(asks)
    answer = json.loads((realm.folder / "device.json").read_text())
    await sign_in(answer["verification_uri_complete"], "ada", ADA_PASSWORD)
    await realm.run(takes)
    await realm.run(creates, GATEWAY=running.gateway)
    async with httpx.AsyncClient(timeout=30) as http:
        ada = running.client(http, (realm.folder / "ada.token").read_text().strip())
        assert (await ada.ask("{ organization { id name } }"))["organization"] == {
            "id": "org_example",
            "name": "Example",
        }
        ada = running.client(http, await realm.ada())
        await ada.do("publishPurpose", "purpose { id }", {"statement": "Everybody hears."})
        await judged(ada, "with a token of Keycloak")
        await _groups_stand_for_organizations(realm, running)
        await _the_doctor_finds_nothing_wrong_and_names_what_is(realm, running)


async def _groups_stand_for_organizations(realm: Place, running: SignedInInstallation) -> None:
    (groups,), (issuers,) = (guide.blocks("Several organizations: groups", kind) for kind in ("sh", "toml"))
    await realm.run(groups)
    file = realm.folder / "issuers.toml"
    file.write_text(issuers.replace("https://keycloak.example.com", realm.keycloak.url))
    instead, _ = guide.blocks("Settings of every process")
    told = {name: value for name, value in running.variables["gateway"].items() if name not in guide.settings(instead)}
    settings = load(Settings, {**told, "GOLDENTHREAD_ISSUERS_FILE": str(file)})
    async with httpx.AsyncClient() as http:
        caller = await Verifier.of(http, settings).caller(f"Bearer {await realm.ada()}")
    assert (caller.organizations, caller.installation_administrator) == (("org_north",), True)


async def _the_doctor_finds_nothing_wrong_and_names_what_is(realm: Place, running: SignedInInstallation) -> None:
    client = "-s clientId=no-service-account -s publicClient=false -s secret=mistaken"
    await realm.run(f"kcadm.sh create clients -r goldenthread {client}")
    gateway = next(process for process in PROCESSES if process.name == "gateway")
    token, told = Secret(await realm.ada()), {**os.environ, **running.variables["gateway"]}
    (fine,) = await examine_processes([gateway], told, token=token)
    found = {each.check: each for each in fine.findings}
    assert {found[each].state for each in ("issuer", "issuer clock", "issuer own token", "token")} == {
        FindingState.FINE
    }
    assert "an administrator of the installation, for org_example" in found["token"].says
    wrong = {"GOLDENTHREAD_SERVICE_CLIENT_SECRET_FILE": "", "GOLDENTHREAD_SERVICE_CLIENT_SECRET": "mistaken"}
    for client, error in (
        ("no-service-account", "unauthorized_client"),
        ("goldenthread-gateway", "unauthorized_client"),
    ):
        changed = {**told, **wrong, "GOLDENTHREAD_SERVICE_CLIENT_ID": client}
        (report,) = await examine_processes([gateway], changed)
        own = next(each for each in report.findings if each.check == "issuer own token")
        assert f"answers 401: {error}" in own.says
        assert "allows this client the grant client_credentials" in own.next
