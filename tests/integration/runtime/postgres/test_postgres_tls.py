"""PostgreSQL by TLS with a client certificate, as `deploy/k8s/components/postgres-cnpg` has it: no password."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
import pytest
import yaml

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.configuration.settings import load
from goldenthread.runtime.postgres.database import open_pool
from services.goals.settings import Settings
from tests.support.certificate_authority import CertificateAuthority, CertificatePair
from tests.support.postgres_tls import PostgresTls

MANIFEST = Path(__file__).parents[4] / "deploy/k8s/components/postgres-cnpg/clients/goals.yaml"
MOUNT = "/etc/goldenthread/postgres"


class Server(NamedTuple):
    """PostgreSQL behind TLS, and the folder where a pod of goals would find its files."""

    front: PostgresTls
    mount: Path
    authority: CertificateAuthority
    inside: Secret

    def url(self, host: str = "127.0.0.1") -> Secret:
        """The URL of the manifest, with the address, the folder and the database there are here. The front takes no
        password; the server behind it, which cannot see the certificate, does.
        """
        (patch,) = yaml.safe_load_all(MANIFEST.read_text())
        (variable,) = patch["spec"]["template"]["spec"]["containers"][0]["env"]
        query = urlsplit(variable["value"]).query.replace(MOUNT, str(self.mount))
        inside = urlsplit(self.inside.reveal())
        user = inside.netloc.rpartition("@")[0]
        return Secret(f"postgresql://{user}@{host}:{self.front.port}{inside.path}?{query}")

    def mounted(self, issued: CertificatePair, authority: CertificateAuthority) -> None:
        """Put these where the pod finds them."""
        self.mount.mkdir(exist_ok=True)
        (self.mount / "ca.crt").write_bytes(authority.pem)
        issued.write(self.mount / "tls.crt", self.mount / "tls.key")


@pytest.fixture
async def server(postgres: Postgres, database: Secret, tmp_path: Path) -> AsyncIterator[Server]:
    authority = CertificateAuthority("the cluster")
    async with PostgresTls(postgres.port, authority, tmp_path) as front:
        made = Server(front, tmp_path / "mount", authority, database)
        made.mounted(authority.issue("goals"), authority)
        yield made


def settings(url: Secret) -> Settings:
    """What goals is told, read as a process reads it."""
    return load(
        Settings,
        {
            "GOLDENTHREAD_DATABASE_URL": url.reveal(),
            "GOLDENTHREAD_KAFKA": "unused:1",
            "GOLDENTHREAD_ISSUER": "http://unused",
            "GOLDENTHREAD_SERVICE_TOKEN": "unused",
        },
    )


async def test_a_process_connects_with_its_certificate_and_verifies_the_server(server: Server) -> None:
    async with open_pool(settings(server.url()).database_url, 2) as pool:
        assert await pool.fetchval("SELECT 1") == 1
    assert {name for name, _ in server.front.users} == {"goals"}


async def test_a_renewed_certificate_is_shown_by_the_next_connection(server: Server) -> None:
    async with open_pool(settings(server.url()).database_url, 2) as pool:
        await pool.fetchval("SELECT 1")
        before = server.front.users[-1]
        server.mounted(server.authority.issue("goals"), server.authority)
        await pool.expire_connections()
        assert await pool.fetchval("SELECT 1") == 1
    assert server.front.users[-1] != before


async def test_a_server_of_another_authority_is_not_believed(server: Server) -> None:
    other = CertificateAuthority("another cluster")
    server.mounted(server.authority.issue("goals"), other)
    with pytest.raises(ssl.SSLCertVerificationError, match="certificate verify failed"):
        async with open_pool(settings(server.url()).database_url, 2):
            pass


async def test_a_server_of_another_name_is_not_believed(server: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        async with open_pool(settings(server.url("localhost")).database_url, 2):
            pass


async def test_who_has_no_certificate_of_the_authority_is_refused(server: Server) -> None:
    other = CertificateAuthority("another cluster")
    server.mounted(other.issue("goals"), server.authority)
    with pytest.raises((ssl.SSLError, asyncpg.PostgresConnectionError)):
        async with open_pool(settings(server.url()).database_url, 2) as pool:
            await pool.fetchval("SELECT 1")
    assert server.front.users == []
