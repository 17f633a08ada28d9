"""Apache Kafka itself, for tests of what the embedded broker cannot show."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.topology import PROCESSES, Wiring, environment
from goldenthread.runtime.configuration.settings import ProcessSettings, load
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.apache_kafka.secured import SecuredKafka
from tests.support.certificate_authority import CertificateAuthority
from tests.support.encryption_keys import keys_file

Configure = Callable[..., Awaitable[str]]


@pytest.fixture
def kafka(broker: Broker | ApacheKafka) -> ApacheKafka:
    """The run's Apache Kafka. A run without one fails here: it was asked for by name."""
    if not isinstance(broker, ApacheKafka):
        pytest.fail("this test is about Apache Kafka: `make test-kafka`, or pytest --broker=apache")
    return broker


@pytest.fixture
def settings(kafka: ApacheKafka) -> ProcessSettings:
    """What the launcher tells a process about a Kafka that is not its own."""
    ports = {process.name: 1 for process in PROCESSES}
    databases = {process.name: Secret("postgresql://nowhere") for process in PROCESSES}
    wiring = Wiring(databases, kafka.address, False, ports, "http://issuer", "goldenthread", keys_file=keys_file())
    return load(ProcessSettings, environment(PROCESSES[0], wiring, "token"))


@pytest.fixture
async def configure(kafka: ApacheKafka) -> AsyncIterator[Configure]:
    """Makes a topic of one partition, or changes the settings of one that exists."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    made: list[str] = []

    async def set_up(topic: str = "", **settings: str) -> str:
        configs = {name.replace("_", "."): value for name, value in settings.items()}
        if topic:
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs)])
            return topic
        made.append(f"test.{uuid.uuid4().hex}")
        await admin.create_topics([NewTopic(made[-1], 1, 1, topic_configs=configs)])
        return made[-1]

    yield set_up
    await admin.delete_topics(made)
    await admin.close()


@pytest.fixture(scope="package")
def authority() -> CertificateAuthority:
    """Vouches for the broker of `secured`, and for its clients."""
    return CertificateAuthority("the test")


@pytest.fixture(scope="package")
async def secured(place: Path, authority: CertificateAuthority, issuer: Issuer) -> AsyncIterator[SecuredKafka]:
    """An Apache Kafka that wants certificates, or tokens."""
    folder = place / f"secured-{uuid.uuid4().hex}"
    folder.mkdir()
    async with SecuredKafka(folder, authority, issuer) as broker:
        yield broker
