"""What the processes ask a broker for is what `topology` says: whoever adds a topic or a group has to say so there."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gateway import app as gateway
from gateway.settings import Settings as GatewaySettings
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import PROCESSES, Process
from tests.integration.notifications.conftest import Story
from tests.support.asgi_server import eventually
from tests.support.kafka_wire import KafkaRequest, KafkaWire
from tests.support.services import NAMES, Services
from tests.support.unreadable_event import add_unreadable_event


@pytest.fixture
async def wire(place: Path) -> AsyncIterator[KafkaWire]:
    """In front of a broker of its own: other tests' alignment would be a member of the same group."""
    async with Broker(place / f"wire-{uuid.uuid4().hex}") as broker, KafkaWire(broker.port) as wire:
        yield wire


@pytest.fixture
async def services(wire: KafkaWire, postgres: Postgres, issuer: Issuer) -> AsyncIterator[Services]:
    names = {name: f"test_{name}_{uuid.uuid4().hex}" for name in NAMES}
    await ensure_databases(postgres.url(), list(names.values()))
    databases = {name: database_url(postgres.url(), database) for name, database in names.items()}
    async with Services(databases, wire.address, issuer) as running:
        yield running


def expected(process: Process) -> set[KafkaRequest]:
    """What the broker should be asked by a process."""
    checked = (*process.reads, *process.writes) if process.checks_topics else ()
    return {
        *(KafkaRequest(process.client, "reads", topic) for topic in process.reads),
        *(KafkaRequest(process.client, "writes", topic) for topic in process.writes),
        *(KafkaRequest(process.client, "joins", group) for group in process.groups),
        *(KafkaRequest(process.client, "checks", topic) for topic in checked),
    }


async def test_every_process_reads_writes_joins_and_checks_what_the_topology_says_and_nothing_else(
    services: Services, wire: KafkaWire, issuer: Issuer
) -> None:
    settings = GatewaySettings(
        kafka=wire.address,
        kafka_fetch_wait_ms=10,
        issuer=issuer.url,
        service_token=Secret(issuer.service_token("goldenthread-gateway")),
        goals_url=services.urls["goals"],
        alignment_url=services.urls["alignment"],
        notifications_url=services.urls["notifications"],
    )
    wanted = {asked for process in PROCESSES for asked in expected(process)}
    async with AsyncExitStack() as running:
        await running.enter_async_context(gateway.build(settings))
        await make_everybody_write(services)
        await services.stop("alignment")
        await services.start("alignment", share="large")
        await eventually(lambda: wire.asked >= wanted)
    assert wire.asked == wanted


async def make_everybody_write(services: Services) -> None:
    """A link is withdrawn, the goal is judged, somebody alerted; then what is spoilt becomes a dead letter."""
    for spoilt in ("goals", "alignment"):
        story = Story(await services.organization())
        await story.begin()
        await story.broken()
        await add_unreadable_event(services.databases[spoilt], story.ada.organization)
