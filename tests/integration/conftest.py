"""A real PostgreSQL, a real broker and an issuer for every integration test; fresh databases for each that asks."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.ports import free_port
from goldenthread.launcher.postgres import Postgres
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.database_templates import DatabaseTemplates, stop_syncing
from tests.support.services import NAMES, Services


@pytest.fixture(scope="session")
async def postgres(place: Path) -> AsyncIterator[Postgres]:
    async with Postgres(place, databases=[]) as server:
        await stop_syncing(server)
        yield server


@pytest.fixture(scope="session")
async def broker(place: Path, apache: ApacheKafka | None) -> AsyncIterator[Broker | ApacheKafka]:
    if apache is not None:
        yield apache
        return
    async with Broker(place) as server:
        yield server


@pytest.fixture(scope="session")
async def issuer(place: Path) -> AsyncIterator[Issuer]:
    port = free_port()
    made = Issuer.load(place, f"http://127.0.0.1:{port}")
    server = IssuerServer(made, port)
    await server.start()
    try:
        yield made
    finally:
        await server.stop()


@pytest.fixture(scope="session")
def databases(postgres: Postgres) -> DatabaseTemplates:
    return DatabaseTemplates(postgres)


@pytest.fixture
async def empty_database(databases: DatabaseTemplates) -> Secret:
    """The URL of an empty database."""
    return await databases.empty()


@pytest.fixture
def database(empty_database: Secret) -> Secret:
    """The URL of a database of the test's own: empty, unless the tests of a folder need one of a process."""
    return empty_database


@pytest.fixture(scope="session")
async def services(postgres: Postgres, broker: Broker, issuer: Issuer) -> AsyncIterator[Services]:
    """All three, on databases of their own; every test makes an organization of its own.

    One set for all tests: two on one broker would be members of one group, and each judge half of the other's.
    """
    names = {name: f"test_{name}_{uuid.uuid4().hex}" for name in NAMES}
    await ensure_databases(postgres.url(), list(names.values()))
    databases = {name: database_url(postgres.url(), database) for name, database in names.items()}
    async with Services(databases, broker.address, issuer) as running:
        yield running
