"""One running instance for all stories; every story in an organisation of its own, which ends in the shared check."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.every_projection import assert_every_projection_is_a_fold
from tests.support.instance import Up
from tests.support.org import Org


@pytest.fixture(scope="session")
def broker(apache: ApacheKafka | None) -> ApacheKafka | None:
    """The Kafka to run against; None means the one that `goldenthread up` brings."""
    return apache


@pytest.fixture(scope="session")
def kafka_options(broker: ApacheKafka | None) -> tuple[str, ...]:
    return ("--kafka", broker.address) if broker is not None else ()


@pytest.fixture(scope="session")
async def up(place: Path, kafka_options: tuple[str, ...]) -> AsyncIterator[Up]:
    async with Up(place / "e2e", *kafka_options) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


@pytest.fixture
async def org(up: Up, http: httpx.AsyncClient) -> AsyncIterator[Org]:
    """A new organisation; at the end every projection must be what a fold of all events is."""
    made = Org(up, http, await up.new_organization(http))
    await made.begin()
    yield made
    await assert_every_projection_is_a_fold(http, made)


@pytest.fixture
def fresh_dir(place: Path) -> Path:
    """A data dir nobody has used."""
    return place / uuid.uuid4().hex
