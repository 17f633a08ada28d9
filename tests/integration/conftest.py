"""A real PostgreSQL, a real broker and an issuer for every integration test; fresh databases for each that asks."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.ports import free_port
from goldenthread.launcher.postgres import Postgres
from tests.support.apache_kafka.broker import ApacheKafka


@pytest.fixture(scope="session")
async def postgres(place: Path) -> AsyncIterator[Postgres]:
    async with Postgres(place, databases=[]) as server:
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


@pytest.fixture
async def database(postgres: Postgres) -> str:
    """The URL of an empty database."""
    name = f"test_{uuid.uuid4().hex}"
    await ensure_databases(postgres.url(), [name])
    return database_url(postgres.url(), name)
