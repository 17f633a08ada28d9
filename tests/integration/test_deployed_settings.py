"""What operators pass on to their servers as it is, and no schema knows: real servers know these settings."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
import yaml
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import GOALS
from goldenthread.launcher.broker import Broker
from tests.deploy import strimzi
from tests.deploy.kustomize import DEPLOY
from tests.support.apache_kafka.broker import ApacheKafka


def cluster() -> dict[str, Any]:
    text = (DEPLOY / "components" / "postgres-cnpg" / "cluster.yaml").read_text()
    return dict(yaml.safe_load(text)["spec"])


async def test_postgresql_knows_its_parameters_and_takes_their_values(database: Secret) -> None:
    connection = await asyncpg.connect(database.reveal())
    try:
        for name, value in cluster()["postgresql"]["parameters"].items():
            setting = await connection.fetchrow("SELECT unit, max_val FROM pg_settings WHERE name = $1", name)
            assert setting is not None, name
            if setting["unit"]:
                assert await connection.fetchval("SELECT pg_size_bytes($1)", value) > 0
    finally:
        await connection.close()


async def test_texts_are_sorted_as_they_are_in_the_tests(database: Secret) -> None:
    connection = await asyncpg.connect(database.reveal())
    try:
        found = await connection.fetchrow(
            """SELECT pg_encoding_to_char(encoding) AS encoding, datlocprovider, datlocale, datcollate, datctype
               FROM pg_database WHERE datname = current_database()"""
        )
    finally:
        await connection.close()
    assert found is not None
    made = cluster()["bootstrap"]["initdb"]
    assert found["encoding"] == made["encoding"]
    assert (found["datlocprovider"], found["datlocale"]) == (b"b", made["builtinLocale"])
    assert (found["datcollate"], found["datctype"]) == (made["localeCollate"], made["localeCType"])
    assert made["localeProvider"] == "builtin"


@pytest.mark.kafka
async def test_kafka_knows_the_settings_of_its_brokers_and_topics(broker: Broker | ApacheKafka) -> None:
    kafka = yaml.safe_load((strimzi.COMPONENT / "kafka.yaml").read_text())
    wanted = {
        (ConfigResourceType.BROKER, "1"): set(kafka["spec"]["kafka"]["config"]),
        (ConfigResourceType.TOPIC, GOALS): {name for topic in strimzi.topics() for name in topic["spec"]["config"]},
    }
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.address)
    await admin.start()
    try:
        for (kind, name), settings in wanted.items():
            (answer,) = await admin.describe_configs([ConfigResource(kind, name)])
            assert settings <= {entry[0] for entry in answer.resources[0][4]}
    finally:
        await admin.close()
