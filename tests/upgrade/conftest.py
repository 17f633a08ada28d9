"""PostgreSQL and an issuer for these tests, and for each test a broker: installations do not share one."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.lock import hold
from goldenthread.launcher.ports import HOST, free_port
from goldenthread.launcher.postgres import Postgres
from tests.support.apache_kafka import plugin
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.database_templates import stop_syncing
from tests.upgrade.release import FOLDER, ReleaseCode, release
from tests.upgrade.release_story import IDENTIFIER


@pytest.fixture(scope="session")
async def postgres(place: Path) -> AsyncIterator[Postgres]:
    async with Postgres(place / "upgrade", databases=[]) as server:
        await stop_syncing(server)
        yield server


@pytest.fixture
async def broker(place: Path, request: pytest.FixtureRequest) -> AsyncIterator[Broker | ApacheKafka]:
    folder = place / uuid.uuid4().hex
    async with ApacheKafka(folder) if plugin.wanted(request.config) else Broker(folder) as server:
        yield server


@pytest.fixture(scope="session")
async def issuer(place: Path) -> AsyncIterator[Issuer]:
    """Vouches for the logins of the dumps."""
    port = free_port()
    made = Issuer.load(place / "upgrade", IDENTIFIER, url=f"http://{HOST}:{port}")
    server = IssuerServer(made, port)
    await server.start()
    try:
        yield made
    finally:
        await server.stop()


@pytest.fixture(scope="session")
def code(place: Path) -> ReleaseCode:
    """The code of the release before."""
    return ReleaseCode.unpacked(FOLDER / release().wheel, place / "release-before")


@pytest.fixture(scope="session")
def alone_on_this_machine() -> Iterator[None]:
    """One run at a time: the webhook in the dump has one address, for all checkouts of a machine."""
    with hold(Path(tempfile.gettempdir()) / f"goldenthread-upgrade-{os.getuid()}.lock", patience=900):
        yield


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client
