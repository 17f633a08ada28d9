"""`doctor --deployment` on Apache Kafka with permissions: what a process may not do is named, without doing it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from aiokafka.admin import AIOKafkaAdminClient

from goldenthread.cli.doctor.deployment.examined_process import ExaminedProcess
from goldenthread.cli.doctor.deployment.findings import CheckFindings, CheckStopped, FindingState
from goldenthread.cli.doctor.deployment.kafka.broker_check import check
from goldenthread.contracts.topics import ALIGNMENT, GOALS, dead_letter_topic
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.settings import load
from tests.deploy import strimzi
from tests.support.apache_kafka.guarded import GuardedKafka, Permission

pytestmark = pytest.mark.kafka
ALIGNMENTS = next(each for each in PROCESSES if each.name == "alignment")
USER = strimzi.user_of(ALIGNMENTS)
GRANTED = {
    Permission(USER, operation, acl["resource"]["type"], acl["resource"]["name"])
    for user in yaml.safe_load_all((strimzi.COMPONENT / "users.yaml").read_text())
    if user["metadata"]["name"] == USER
    for acl in user["spec"]["authorization"]["acls"]
    for operation in acl["operations"]
}


@pytest.fixture(scope="module")
async def kafka(place: Path, issuer: Issuer) -> AsyncIterator[GuardedKafka]:
    async with GuardedKafka(place / f"guarded-{uuid.uuid4().hex}", issuer) as server:
        await server.grant(*GRANTED)
        yield server


async def diagnosed(kafka: GuardedKafka, **changed: str) -> dict[str, tuple[FindingState, str]]:
    told = {
        "GOLDENTHREAD_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "GOLDENTHREAD_ISSUER": "http://127.0.0.1:1",
        "GOLDENTHREAD_SERVICE_TOKEN": "none",
        "GOLDENTHREAD_GOALS_URL": "http://127.0.0.1:1",
        "GOLDENTHREAD_KAFKA_IDEMPOTENT": "true",
        **kafka.variables(USER),
        **changed,
    }
    case = ExaminedProcess(ALIGNMENTS, load(ALIGNMENTS.settings, told), told, None, None)  # type: ignore[arg-type]
    findings = CheckFindings("kafka")
    try:
        await check(case, findings)
    except CheckStopped:
        assert any(each.state is FindingState.PROBLEM for each in findings.found)
    return {each.check: (each.state, f"{each.says} → {each.next}") for each in findings.found}


async def groups(kafka: GuardedKafka) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        return [str(group) for group, _ in await admin.list_consumer_groups()]
    finally:
        await admin.close()


async def test_the_permissions_of_the_manifest_are_enough_and_asking_makes_no_group(kafka: GuardedKafka) -> None:
    found = await diagnosed(kafka)
    assert found.pop("kafka certificate")[0] is FindingState.WARNING, "it is valid for an hour"
    assert [each for each in found.values() if each[0] is not FindingState.FINE] == []
    assert found["kafka rights"][1].startswith("it may read and write the topics it is to")
    assert found["kafka largest record"][1].startswith("it fits into every topic")
    assert found["kafka group"][1].startswith("it may be a member of goldenthread-alignment")
    assert found["kafka producers"][1].startswith("they can be idempotent")
    assert await groups(kafka) == []


@pytest.mark.parametrize(
    ("operation", "kind", "name", "check", "words"),
    [
        ("Write", "topic", ALIGNMENT, "kafka rights", f"this process may not write topic {ALIGNMENT} → grant its user"),
        ("Read", "topic", GOALS, "kafka rights", f"this process may not read topic {GOALS} → grant its user"),
        ("Read", "group", "goldenthread-alignment", "kafka group", "may not be a member of consumer group"),
        (
            "DescribeConfigs",
            "topic",
            ALIGNMENT,
            "kafka largest record",
            f"max.message.bytes is not known of {ALIGNMENT}",
        ),
    ],
    ids=["write", "read", "group", "settings"],
)
async def test_a_permission_that_is_missing_is_named(
    kafka: GuardedKafka, operation: str, kind: str, name: str, check: str, words: str
) -> None:
    lacking = Permission(USER, operation, kind, name)
    assert lacking in GRANTED
    # Without any other permission on it a topic would be hidden altogether.
    seen = Permission(USER, "Describe", kind, name)
    await kafka.grant(seen)
    await kafka.revoke(lacking)
    try:
        state, said = (await diagnosed(kafka))[check]
    finally:
        await kafka.grant(lacking)
        await kafka.revoke(seen)
    assert state is (FindingState.UNKNOWN if operation == "DescribeConfigs" else FindingState.PROBLEM)
    assert words in said


async def test_a_topic_that_may_not_be_seen_is_told_from_one_that_is_missing(kafka: GuardedKafka) -> None:
    hidden = [each for each in GRANTED if each.name == dead_letter_topic(GOALS)]
    for each in hidden:
        await kafka.revoke(each)
    try:
        state, said = (await diagnosed(kafka))["kafka topics"]
    finally:
        await kafka.grant(*hidden)
    assert state is FindingState.PROBLEM
    assert said.startswith(
        f"this process may not even see topic {dead_letter_topic(GOALS)} → grant its user the operation Describe"
    )


async def test_a_client_without_its_certificate_is_told_which_settings_name_one(kafka: GuardedKafka) -> None:
    without = {"GOLDENTHREAD_KAFKA_CERTIFICATE_FILE": "", "GOLDENTHREAD_KAFKA_KEY_FILE": ""}
    state, said = (await diagnosed(kafka, **without))["kafka"]
    assert state is FindingState.PROBLEM
    assert "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE" in said
