"""The four processes with credentials that expire: they outlive their tokens, at each other and at the brokers, and a
certificate that was exchanged.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import httpx
import pytest

from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.topology import PROCESSES, Process, Wiring, environment
from goldenthread.runtime.clock import new_id
from tests.support.apache_kafka.secured import SecuredKafka
from tests.support.asgi_server import eventually
from tests.support.certificate_authority import CertificateAuthority
from tests.support.encryption_keys import keys_file
from tests.support.graphql_client import Client
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization
from tests.support.token_server import TokenServer

pytestmark = pytest.mark.kafka

BY_TOKEN = ("goals", "gateway")
"""Those that show brokers a token; the others show a certificate."""


class Installation:
    """The processes, each a client of an issuer of its own, whose tokens the keys of one verify."""

    def __init__(
        self, kafka: SecuredKafka, authority: CertificateAuthority, wiring: Wiring, issuer: Issuer, folder: Path
    ) -> None:
        self.kafka, self.wiring, self.issuer = kafka, wiring, issuer
        self._authority, self._folder = authority, folder
        self.tokens: dict[str, TokenServer] = {}
        self.processes: dict[str, ServiceProcess] = {}
        for process in PROCESSES:
            self._add(process)

    @property
    def certificates(self) -> tuple[Path, Path]:
        """The certificate of who shows one, and its key."""
        return self._folder / "user.crt", self._folder / "user.key"

    def logs(self) -> str:
        """All that the processes have logged."""
        return "".join(each.log.read_text() for each in self.processes.values())

    def renew(self, name: str) -> None:
        """Exchange the certificate."""
        self._authority.issue(name).write(*self.certificates)

    def client(self, http: httpx.AsyncClient, organization: str, subject: str) -> Client:
        """Speaks as a person, through the gateway."""
        return Client(http, f"{self.wiring.url('gateway')}/graphql", self.issuer.person_token(subject, organization))

    def _add(self, process: Process) -> None:
        token, port = process.name in BY_TOKEN, self.wiring.ports[process.name]
        server = TokenServer(self.issuer, process.client, seconds=6, leeway=0 if token else 30)
        told = environment(process, self.wiring, "")
        told |= {
            "GOLDENTHREAD_ISSUER_URL": server.url,
            "GOLDENTHREAD_SERVICE_CLIENT_ID": server.client,
            "GOLDENTHREAD_SERVICE_CLIENT_SECRET_FILE": str(self._secret(server)),
            "GOLDENTHREAD_KAFKA_CA_FILE": str(self._folder / "ca.crt"),
        }
        told |= self._by_token() if token else self._by_certificate()
        log = self._folder / f"{process.name}.log"
        self.tokens[process.name] = server
        self.processes[process.name] = ServiceProcess(
            process.name, process.command, port=port, log=log, environment=lambda: told
        )

    def _secret(self, server: TokenServer) -> Path:
        file = self._folder / f"{server.client}.secret"
        file.write_text(server.secret)
        return file

    def _by_token(self) -> dict[str, str]:
        return {
            "GOLDENTHREAD_KAFKA": self.kafka.tokens,
            "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "GOLDENTHREAD_KAFKA_SASL_MECHANISM": "OAUTHBEARER",
        }

    def _by_certificate(self) -> dict[str, str]:
        certificate, key = self.certificates
        return {
            "GOLDENTHREAD_KAFKA": self.kafka.certificates,
            "GOLDENTHREAD_KAFKA_SECURITY_PROTOCOL": "SSL",
            "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE": str(certificate),
            "GOLDENTHREAD_KAFKA_KEY_FILE": str(key),
        }


@pytest.fixture
async def installation(
    secured: SecuredKafka, authority: CertificateAuthority, postgres: Postgres, issuer: Issuer, place: Path
) -> AsyncIterator[Installation]:
    databases = {process.name: f"test_{uuid.uuid4().hex}" for process in PROCESSES}
    await ensure_databases(postgres.url(), list(databases.values()))
    urls = {name: database_url(postgres.url(), database) for name, database in databases.items()}
    ports = dict(zip(databases, free_ports(len(databases)), strict=True))
    wiring = Wiring(urls, secured.address, False, ports, issuer.identifier, issuer.audience, keys_file=keys_file())
    folder = place / f"credentials-{uuid.uuid4().hex}"
    folder.mkdir()
    (folder / "ca.crt").write_bytes(authority.pem)
    made = Installation(secured, authority, wiring, issuer, folder)
    made.renew("goldenthread-before")
    async with AsyncExitStack() as stack:
        for server in made.tokens.values():
            await stack.enter_async_context(server.running())
        try:
            await asyncio.gather(*(process.start() for process in made.processes.values()))
            yield made
        finally:
            await asyncio.gather(*(process.stop() for process in made.processes.values()))


async def test_the_processes_outlive_their_tokens_and_their_certificate(installation: Installation) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        org = await organization(installation, http)
        why = await org.why("Hear in noise")
        await judged(org, why, "before")
        given = {name: len(server.given) for name, server in installation.tokens.items()}
        await eventually(lambda: all(len(each.given) >= given[n] + 5 for n, each in installation.tokens.items()), 60)
        await judged(org, why, "with other tokens")
        installation.renew("goldenthread-after")
        await installation.kafka.restart()
        await judged(org, why, "with another certificate")
    users = installation.kafka.users
    assert {"CN=goldenthread-before", "CN=goldenthread-after", "goldenthread-goals"} <= users
    logs = installation.logs()
    assert not any(words in logs for words in ("401 Unauthorized", "answers 401", "answered 401"))
    for server in installation.tokens.values():
        assert server.most_at_once == 1
        assert not any(secret in logs for secret in (server.secret, *server.given))


async def organization(installation: Installation, http: httpx.AsyncClient) -> StoryOrganization:
    """A new organization with a purpose."""
    asked = {"id": new_id("org"), "name": "Test", "admin_name": "Ada Admin", "admin_subject": "admin"}
    headers = {"Authorization": f"Bearer {installation.issuer.service_token()}"}
    url = f"{installation.wiring.url('goals')}/v1/organizations"
    (await http.post(url, json=asked, headers=headers)).raise_for_status()
    org = StoryOrganization(cast(RunningInstance, installation), http, asked["id"])
    await org.begin()
    await org.purpose()
    return org


async def judged(org: StoryOrganization, why: str, title: str) -> None:
    """A goal goes from goals through the broker to alignment, and its verdict to the gateway."""
    goal = await org.objective(title, org.root, linkTo={"parent": why, "because": "it is"})
    assert (await org.verdict(goal))["state"] == "ALIGNED"
