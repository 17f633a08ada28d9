"""One running instance for all stories; every story in an organization of its own, which ends in the shared check."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.command_line import CommandLine
from tests.support.every_projection import assert_every_projection_is_a_fold
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization


@pytest.fixture(scope="session")
def broker(apache: ApacheKafka | None) -> ApacheKafka | None:
    """The Kafka to run against; None means the one that `goldenthread up` brings."""
    return apache


@pytest.fixture
async def kafka_options(broker: ApacheKafka | None, place: Path) -> AsyncIterator[tuple[str, ...]]:
    """What an installation of a test's own needs: a Kafka of its own too, since installations do not share one."""
    async with a_kafka(broker, place / uuid.uuid4().hex) as server:
        yield options(server)


@asynccontextmanager
async def a_kafka(like: ApacheKafka | None, folder: Path) -> AsyncIterator[ApacheKafka | None]:
    """Another Kafka where the run is against one; None where it is not."""
    if like is None:
        yield None
        return
    async with ApacheKafka(folder) as server:
        yield server


def options(kafka: ApacheKafka | None) -> tuple[str, ...]:
    """How `goldenthread up` is told of a Kafka."""
    return ("--kafka", kafka.address) if kafka is not None else ()


@pytest.fixture(scope="package")
async def up(place: Path, broker: ApacheKafka | None) -> AsyncIterator[RunningInstance]:
    async with RunningInstance(place / "e2e", *options(broker)) as running:
        yield running


@pytest.fixture
def local(up: RunningInstance, tmp_path: Path) -> CommandLine:
    """Speaks to the instance of a data dir, as its administrator; the data dir is named by its environment variable."""
    return CommandLine({"GOLDENTHREAD_DATA_DIR": str(up.data_dir)}, tmp_path)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


@pytest.fixture
async def org(up: RunningInstance, http: httpx.AsyncClient) -> AsyncIterator[StoryOrganization]:
    """A new organization; at the end every projection must be what a fold of all events is."""
    made = StoryOrganization(up, http, await up.new_organization(http))
    await made.begin()
    yield made
    await assert_every_projection_is_a_fold(http, made)


@pytest.fixture
def fresh_dir(place: Path) -> Path:
    """A data dir nobody has used."""
    return place / uuid.uuid4().hex
