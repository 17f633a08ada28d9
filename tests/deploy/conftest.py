"""Servers for the containers of `test_running.py`: real ones, of their own, since groups and topics have one name."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goldenthread.launcher.broker import Broker
from goldenthread.launcher.postgres import Postgres
from tests.support.apache_kafka.broker import ApacheKafka


@pytest.fixture
def room(place: Path) -> Path:
    """A folder of one test alone."""
    folder = place / f"deploy-{uuid.uuid4().hex}"
    folder.mkdir(mode=0o755)
    return folder


@pytest.fixture
async def postgres(room: Path) -> AsyncIterator[Postgres]:
    async with Postgres(room) as server:
        yield server


@pytest.fixture
async def broker(room: Path, apache: ApacheKafka | None) -> AsyncIterator[Broker | ApacheKafka]:
    if apache is not None:
        yield apache
        return
    async with Broker(room) as server:
        yield server
