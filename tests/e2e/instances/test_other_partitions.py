"""The number of partitions is changed as docs/operations.md says: everything is stopped, the topics are deleted, and
the databases record the new number. Nothing that was said is lost, and verdicts and alerts go on.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg
import httpx
from aiokafka.admin import AIOKafkaAdminClient

from goldenthread.contracts.topics import TOPICS
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.topology import DATABASES
from tests.e2e.conftest import a_kafka, options
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.command_load import CommandLoad
from tests.support.every_projection import assert_every_projection_is_a_fold
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization

BEFORE, AFTER = 3, 7
RECORD = f"UPDATE installation SET partitions = {AFTER}"
"""As docs/operations.md has it."""


async def record_other_partitions(data_dir: Path) -> None:
    """What an operator does while nothing runs."""
    async with Postgres(data_dir) as server:
        for name in DATABASES:
            connection = await asyncpg.connect(server.url(name).reveal())
            try:
                assert await connection.execute(RECORD) == "UPDATE 1"
            finally:
                await connection.close()
    (data_dir / "partitions").write_text(str(AFTER))


async def delete_topics(kafka: ApacheKafka | None) -> None:
    """The embedded broker has forgotten its topics when it ended; a Kafka has not."""
    if kafka is None:
        return
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        await admin.delete_topics([topic.name for topic in TOPICS])
    finally:
        await admin.close()


async def begun(org: StoryOrganization) -> tuple[StoryOrganization, str, CommandLoad]:
    """An organization in which something has happened, its why, and what was acknowledged."""
    await org.begin()
    await org.admin.do("setPolicy", "policy { graceDays }", {"graceDays": 0})
    await org.purpose()
    why = await org.why("Hear in noise")
    async with CommandLoad(org, why) as load:
        await load.more(10)
    return org, why, load


async def goes_on(org: StoryOrganization, why: str) -> None:
    """A new goal gets its verdict, and a retired why its alert."""
    goal = await org.objective("After it", org.root, linkTo={"parent": why, "because": "it is"})
    assert (await org.verdict(goal))["state"] == "ALIGNED"
    await org.admin.do("retireWhy", "revision", {"why": why, "reason": "done"})
    assert await org.alerts(lambda found: "WHY_RETIRED" in [each["cause"] for each in found])


async def test_an_installation_goes_on_with_other_partitions(
    fresh_dir: Path, broker: ApacheKafka | None, place: Path, http: httpx.AsyncClient
) -> None:
    async with a_kafka(broker, place / "partitions-kafka") as kafka:
        up = RunningInstance(fresh_dir, "--partitions", str(BEFORE), *options(kafka))
        await up.start()
        ids = [up.said["organization"], *[await up.new_organization(http) for _ in range(2)]]
        lived = [await begun(StoryOrganization(up, http, id)) for id in ids]
        await up.kill_everything()  # so that something may be stored and not published, or published and not read
        await record_other_partitions(fresh_dir)
        await delete_topics(kafka)
        again = RunningInstance(fresh_dir, "--partitions", str(AFTER), *options(kafka))
        async with again:
            for org, why, load in lived:
                org.up, org.admin = again, again.client(http, org.id, "admin")
                await load.assert_kept()
                await goes_on(org, why)
                await assert_every_projection_is_a_fold(http, org)
