"""A real gateway in this process, in front of services of which any may be away, hang, or be restored."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from gateway.app import build
from gateway.settings import Settings
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from tests.support.asgi_server import serving
from tests.support.graphql_client import Client
from tests.support.services import NAMES, Person, Services


class Stage:
    """Services on a broker of their own, none started; gateways are started in front of them."""

    def __init__(self, services: Services, kafka: str, issuer: Issuer) -> None:
        self.services, self.kafka, self._issuer = services, kafka, issuer

    @property
    def ports(self) -> dict[str, int]:
        """Where each service answers, once it is started."""
        return {name: int(url.rpartition(":")[2]) for name, url in self.services.urls.items()}

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[str]:
        """A gateway as long as the block; its URL."""
        settings = Settings(
            kafka=self.kafka,
            kafka_fetch_wait_ms=10,
            issuer=self._issuer.url,
            service_token=Secret(self._issuer.service_token("goldenthread-gateway")),
            goals_url=self.services.urls["goals"],
            alignment_url=self.services.urls["alignment"],
            notifications_url=self.services.urls["notifications"],
            heads_seconds=0.3,
        )
        async with build(settings) as app, serving(app) as url:
            yield url

    def client(self, url: str, person: Person) -> Client:
        """Speaks to a gateway as a person."""
        token = self._issuer.person_token(person.subject, person.organization)
        return Client(self.services.http, f"{url}/graphql", token)


@pytest.fixture(scope="package")
async def own_broker(place: Path) -> AsyncIterator[Broker]:
    """Apart from that of other tests: their alignment would judge half of these organizations."""
    folder = place / f"gateway-broker-{uuid.uuid4().hex}"
    folder.mkdir()
    async with Broker(folder) as broker:
        yield broker


@pytest.fixture
async def stage(postgres: Postgres, own_broker: Broker, issuer: Issuer) -> AsyncIterator[Stage]:
    """Fresh databases; goals runs."""
    names = {name: f"test_{name}_{uuid.uuid4().hex}" for name in NAMES}
    await ensure_databases(postgres.url(), list(names.values()))
    databases = {name: database_url(postgres.url(), database) for name, database in names.items()}
    services = Services(databases, own_broker.address, issuer)
    try:
        await services.start("goals")
        yield Stage(services, own_broker.address, issuer)
    finally:
        await services.__aexit__(None, None, None)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=30) as client:
        yield client
