"""The permissions of `deploy/k8s/components/kafka-strimzi`, on a broker that grants nothing else: they are enough for
the four processes, and every one of them is needed.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import yaml
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError

from goldenthread.contracts.topics import ALERTS, GOALS, PARTITIONS, TOPICS
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.topology import PROCESSES, Process, Wiring, environment
from goldenthread.runtime.clock import new_id
from goldenthread.runtime.kafka.topic_check import require_topics
from goldenthread.runtime.observability.start_progress import PrerequisiteMissing
from tests.deploy import strimzi
from tests.support.apache_kafka.guarded import GuardedKafka, Permission
from tests.support.asgi_server import eventually
from tests.support.encryption_keys import keys_file
from tests.support.graphql_client import Client
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization
from tests.support.unreadable_event import add_unreadable_event

pytestmark = pytest.mark.kafka
LARGE = "alignment-large"


def granted() -> set[Permission]:
    """What the manifest grants."""
    return {
        Permission(user["metadata"]["name"], operation, acl["resource"]["type"], acl["resource"]["name"])
        for user in yaml.safe_load_all((strimzi.COMPONENT / "users.yaml").read_text())
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }


OURS = {each for each in granted() if each.user != strimzi.KEDA}


@pytest.fixture(scope="module")
async def kafka(place: Path, issuer: Issuer) -> AsyncIterator[GuardedKafka]:
    async with GuardedKafka(place / f"guarded-{uuid.uuid4().hex}", issuer) as server:
        await server.grant(*granted())
        yield server


class Installation:
    """The four processes, and alignment for large organizations, each as the user the manifest has for it."""

    def __init__(
        self, kafka: GuardedKafka, wiring: Wiring, issuer: Issuer, logs: Path, http: httpx.AsyncClient
    ) -> None:
        self.kafka, self.wiring, self.issuer, self.http = kafka, wiring, issuer, http
        self._logs = logs
        self.running: dict[str, ServiceProcess] = {}

    def service(self, process: Process, name: str, port: int, **more: str) -> None:
        """A process as it is started."""
        told = environment(process, self.wiring, self.issuer.service_token(process.client))
        told |= {**self.kafka.variables(strimzi.user_of(process)), "GOLDENTHREAD_HTTP_PORT": str(port), **more}
        log = self._logs / f"{name}.log"
        self.running[name] = ServiceProcess(name, process.command, port=port, log=log, environment=lambda: told)

    def client(self, http: httpx.AsyncClient, organization: str, subject: str) -> Client:
        """Speaks as a person, through the gateway."""
        return Client(http, f"{self.wiring.url('gateway')}/graphql", self.issuer.person_token(subject, organization))

    async def organization(self) -> StoryOrganization:
        """A new organization."""
        asked = {"id": new_id("org"), "name": "Test", "admin_name": "Ada Admin", "admin_subject": "admin"}
        headers = {"Authorization": f"Bearer {self.issuer.service_token()}"}
        url = f"{self.wiring.url('goals')}/v1/organizations"
        (await self.http.post(url, json=asked, headers=headers)).raise_for_status()
        org = StoryOrganization(cast(RunningInstance, self), self.http, asked["id"])
        await org.begin()
        return org


@pytest.fixture(scope="module")
async def installation(
    kafka: GuardedKafka, postgres: Postgres, issuer: Issuer, place: Path
) -> AsyncIterator[Installation]:
    databases = {process.name: f"test_{uuid.uuid4().hex}" for process in PROCESSES}
    await ensure_databases(postgres.url(), list(databases.values()))
    urls = {name: database_url(postgres.url(), database) for name, database in databases.items()}
    large, *ports = free_ports(len(PROCESSES) + 1)
    wiring = Wiring(
        urls,
        kafka.certificates,
        False,
        dict(zip(databases, ports, strict=True)),
        issuer.url,
        "goldenthread",
        keys_file=keys_file(),
    )
    logs = place / f"permissions-{uuid.uuid4().hex}"
    async with httpx.AsyncClient(timeout=30) as http:
        made = Installation(kafka, wiring, issuer, logs, http)
        for process in PROCESSES:
            made.service(process, process.name, wiring.ports[process.name])
            if process.name == "alignment":
                made.service(process, LARGE, large, GOLDENTHREAD_SHARE="large")
        try:
            await asyncio.gather(*(service.start() for service in made.running.values()))
            yield made
        finally:
            await asyncio.gather(*(service.stop() for service in made.running.values()))


async def broken(org: StoryOrganization) -> str:
    """A goal whose why was retired, once the gateway shows the verdict and the alert about it."""
    await org.purpose()
    why = await org.why("Hear in noise")
    goal = await org.objective("Quieter", org.root, linkTo={"parent": why, "because": "it is"})
    assert (await org.verdict(goal))["state"] == "ALIGNED"
    await org.admin.do("retireWhy", "revision", {"why": why, "reason": "done"})
    await org.alerts(lambda found: [node["id"] for each in found for node in each["goals"]["nodes"]] == [goal])
    assert (await org.verdict(goal))["state"] != "ALIGNED"
    return goal


async def test_a_mutation_becomes_a_verdict_and_an_alert_and_every_permission_is_used(
    installation: Installation,
) -> None:
    kafka = installation.kafka
    for spoilt in ("goals", "alignment"):
        org = await installation.organization()
        await broken(org)
        await add_unreadable_event(installation.wiring.databases[spoilt], org.id)
    with suppress(AssertionError):  # the next line says what is missing
        await eventually(lambda: kafka.used >= OURS)
    assert kafka.used == OURS
    assert kafka.denied == set()


async def test_keda_reads_how_far_the_groups_are_behind_and_no_record(installation: Installation) -> None:
    kafka, read = installation.kafka, [TopicPartition(GOALS, number) for number in range(PARTITIONS)]
    options = kafka.options(strimzi.KEDA)
    before = kafka.denied
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    try:
        groups = [group for process in PROCESSES for group in process.groups]
        offsets = [await admin.list_consumer_group_offsets(group) for group in groups]
    finally:
        await admin.close()
    assert any(place in found for found in offsets for place in read)
    async with AIOKafkaConsumer(**options) as consumer:
        assert sum((await consumer.end_offsets(read)).values()) > 0
        assert kafka.denied == before
        consumer.assign(read)
        await consumer.seek_to_beginning()
        with pytest.raises(TopicAuthorizationFailedError):
            await consumer.getmany(timeout_ms=30_000)


async def test_who_may_not_see_the_settings_of_a_topic_believes_that_they_fit(installation: Installation) -> None:
    options = installation.kafka.options(strimzi.user_of(PROCESSES[0]))
    await require_topics(options, [topic for topic in TOPICS if topic.name == GOALS])
    with pytest.raises(PrerequisiteMissing, match=f"topic {ALERTS} does not exist"):
        await require_topics(options, [topic for topic in TOPICS if topic.name == ALERTS])


async def ends(kafka: GuardedKafka) -> dict[Any, int]:
    """How much is on goals' topic."""
    async with AIOKafkaConsumer(bootstrap_servers=kafka.address) as consumer:
        return dict(await consumer.end_offsets([TopicPartition(GOALS, number) for number in range(PARTITIONS)]))


async def test_without_its_permission_a_process_writes_nothing(installation: Installation) -> None:
    kafka, (goals, *_) = installation.kafka, PROCESSES
    permission = Permission(strimzi.user_of(goals), "Write", "topic", GOALS)
    org = await installation.organization()
    await kafka.revoke(permission)
    before = await ends(kafka)
    await org.purpose()
    await eventually(lambda: permission in kafka.denied)
    assert await ends(kafka) == before
    await eventually(lambda: "TopicAuthorizationFailedError" in installation.running["goals"].log.read_text())
    await kafka.grant(permission)

    async def published() -> bool:
        return await ends(kafka) != before

    await eventually(published)


async def test_without_its_group_a_process_ends_and_works_again_when_it_is_started_with_it(
    installation: Installation,
) -> None:
    kafka, notifications = installation.kafka, installation.running["notifications"]
    permission = Permission("goldenthread-notifications-kafka", "Read", "group", "goldenthread-notifications")
    await kafka.revoke(permission)
    assert await asyncio.wait_for(notifications.wait(), 60) == 1
    assert permission in kafka.denied
    assert "GroupAuthorizationFailedError" in notifications.log.read_text()
    await kafka.grant(permission)
    await notifications.start()
    await broken(await installation.organization())
