"""What containers find around them on this machine in place of a cluster: servers, Secrets, and who is where."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.ports import HOST, free_port, free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import DATABASES, PROCESSES
from goldenthread.runtime.configuration.trusted_issuers import SERVICE_CLAIM
from goldenthread.runtime.keys.key_file import file_text, new_key
from goldenthread.runtime.keys.purposes import PURPOSES
from tests.deploy import strimzi
from tests.deploy.manifests import Container, Render
from tests.deploy.process_containers import running, setting, variables
from tests.deploy.volumes import Secrets, mounted
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.certificate_authority import CertificateAuthority, CertificatePair
from tests.support.kafka_wire import KafkaWire
from tests.support.postgres_tls import PostgresTls
from tests.support.token_server import TokenServer

EMBEDDED_BROKER = {
    setting("kafka_idempotent"): "false",
    setting("kafka_fetch_wait_ms"): "10",
    setting("kafka_session_timeout_ms"): "3000",
}
"""What the embedded broker cannot do, or needs."""


class Cluster(NamedTuple):
    """What the containers of one render connect to, and with what."""

    render: Render
    addresses: Mapping[str, str]
    """What the manifests say, and what is there on this machine."""
    secrets: Secrets
    tokens: Mapping[str, TokenServer]
    """The issuer as each process sees it: it gives tokens to that one's client."""
    ports: Mapping[str, Mapping[str, int]]
    """Where each process listens, by the names of its container's ports."""
    more: Mapping[str, str]
    """What a process is told beside, because of this machine's broker."""
    http: httpx.AsyncClient
    roles: PostgresTls
    """Who came to PostgreSQL by TLS."""

    def told(self, container: Container, name: str, folder: Path) -> dict[str, str]:
        """The variables of a container of the process `name`, whose files are put below `folder`.

        Addresses, ports and the folders of mounts are those of this machine; all else is as it is rendered.
        """
        here = dict(self.addresses) | mounted(container, self.secrets, folder)
        told = {}
        for key, each in variables(container, self.render).items():
            if each.secret is None or each.secret.key in self.secrets.get(each.secret.name, {}):
                text = each.text if each.secret is None else self.secrets[each.secret.name][each.secret.key]
                for there, place in here.items():
                    text = text.replace(there, place)
                told[key] = text
        ports = {setting(f"{key}_port"): str(port) for key, port in self.ports[name].items()}
        told |= {key: port for key, port in ports.items() if key in told}
        if setting("issuer") in told:
            # Its name stays; its documents are read here, and its clients stand in the claim that ours has them in.
            told |= {setting("issuer_url"): self.tokens[name].url, setting("service_claim"): SERVICE_CLAIM}
        return {**told, **(self.more if setting("kafka") in told else {})}


@asynccontextmanager
async def cluster(
    render: Render, postgres: Postgres, broker: Broker | ApacheKafka, folder: Path
) -> AsyncIterator[Cluster]:
    """All of it, as long as the block: servers by TLS, with certificates of an authority that was made for it, and
    the same ones without.
    """
    authority = CertificateAuthority("the cluster")
    async with AsyncExitStack() as stack:
        tokens = await _tokens(stack, render, folder)
        front = await stack.enter_async_context(PostgresTls(postgres.port, authority, folder))
        wire = await stack.enter_async_context(KafkaWire(broker.port, _tls(authority, folder)))
        found = free_ports(2 * len(PROCESSES))
        ports = {process.name: {"http": found.pop(), "internal": found.pop()} for process in PROCESSES}
        addresses = {
            "goldenthread-kafka-bootstrap.goldenthread.svc:9093": wire.address,
            "goldenthread-kafka:9092": broker.address,
            **{f"goldenthread-{name}:8080": f"{HOST}:{ports[name]['http']}" for name in ports},
            # The server behind the front cannot see the certificate, and wants its password.
            **{f"{name}@goldenthread-postgres-rw:5432": _inside(postgres, front.port) for name in DATABASES},
        }
        secrets = {key: value for name in ports for key, value in _of(name, tokens[name], postgres, authority).items()}
        more = EMBEDDED_BROKER if isinstance(broker, Broker) else {}
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10))
        yield Cluster(render, addresses, secrets | _of_all(authority), tokens, ports, more, http, front)


async def _tokens(stack: AsyncExitStack, render: Render, folder: Path) -> dict[str, TokenServer]:
    identifier = variables(running(render)[0].container, render)[setting("issuer")].text
    port = free_port()
    issuer = Issuer.load(folder, identifier, url=f"http://{HOST}:{port}")
    keys = IssuerServer(issuer, port)
    await keys.start()
    stack.push_async_callback(keys.stop)
    tokens = {process.name: TokenServer(issuer, process.client, seconds=3600) for process in PROCESSES}
    for server in tokens.values():
        await stack.enter_async_context(server.running())
    return tokens


def _of(
    name: str, tokens: TokenServer, postgres: Postgres, authority: CertificateAuthority
) -> dict[str, dict[str, str]]:
    """The Secrets of a process: those that an operator makes, too."""
    user, role = authority.issue(f"{name}-kafka"), authority.issue(name)
    own = {"client-secret": tokens.secret}
    if name in DATABASES:
        own["database-url"] = postgres.url(name).reveal()
    return {
        f"goldenthread-{name}": own,
        f"goldenthread-{name}-kafka": _pair(user, "user"),
        f"goldenthread-{name}-client-cert": _pair(role, "tls"),
    }


def _of_all(authority: CertificateAuthority) -> dict[str, dict[str, str]]:
    made = {"ca.crt": authority.pem.decode()}
    keys = {"encryption-keys": file_text([new_key(purpose, datetime.now(UTC)) for purpose in PURPOSES])}
    return {f"{strimzi.CLUSTER}-cluster-ca-cert": made, "goldenthread-postgres-ca": made, "goldenthread-keys": keys}


def _pair(issued: CertificatePair, name: str) -> dict[str, str]:
    return {f"{name}.crt": issued.certificate.decode(), f"{name}.key": issued.key.decode()}


def _tls(authority: CertificateAuthority, folder: Path) -> ssl.SSLContext:
    """Whoever comes shows a certificate of the authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.pem.decode())
    context.verify_mode = ssl.CERT_REQUIRED
    own = folder / "kafka.crt", folder / "kafka.key"
    authority.issue("goldenthread-kafka").write(*own)
    context.load_cert_chain(*own)
    return context


def _inside(postgres: Postgres, port: int) -> str:
    inside = urlsplit(postgres.url().reveal())
    return f"{inside.username}:{inside.password}@{HOST}:{port}"
