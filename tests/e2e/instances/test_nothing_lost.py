"""Kill any process at any moment, under load: what was acknowledged is there, once; every projection is a fold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from goldenthread.launcher import instance_file
from tests.e2e.conftest import a_kafka, options
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.command_load import CommandLoad
from tests.support.every_projection import assert_every_projection_is_a_fold
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization

SERVICES = ["goals", "alignment", "notifications", "gateway", "postgres"]


@pytest.fixture(scope="module")
async def kafka(broker: ApacheKafka | None, place: Path) -> AsyncIterator[ApacheKafka | None]:
    async with a_kafka(broker, place / "rough-kafka") as server:
        yield server


@pytest.fixture(scope="module")
async def own(place: Path, kafka: ApacheKafka | None) -> AsyncIterator[RunningInstance]:
    """An instance that only these tests use: they are rough."""
    async with RunningInstance(place / "rough", *options(kafka)) as running:
        yield running


@pytest.fixture
def up(own: RunningInstance) -> RunningInstance:
    return own


async def begun(org: StoryOrganization) -> str:
    await org.admin.do("setPolicy", "policy { graceDays }", {"graceDays": 0})
    await org.purpose()
    return await org.why("Hear in noise")


@pytest.mark.parametrize("victim", [*SERVICES, "broker"])
async def test_promise_1_a_killed_process_loses_and_doubles_nothing(
    org: StoryOrganization, up: RunningInstance, victim: str, kafka: ApacheKafka | None
) -> None:
    async with CommandLoad(org, await begun(org)) as load:
        await load.more(30)
        if victim == "broker" and kafka is not None:
            await kafka.kill()
            await kafka.start()
        else:
            await up.back(victim, up.kill(victim))
        await load.more(60)
        if victim != "broker":
            await up.back(victim, up.kill(victim))
        await load.more(30)
    await load.assert_kept()


async def test_a_retired_why_is_one_incident_even_when_all_that_tell_it_are_killed(
    org: StoryOrganization, up: RunningInstance
) -> None:
    why = await begun(org)
    goals = {await org.objective(f"Goal {n}", org.root, linkTo={"parent": why, "because": "it is"}) for n in range(20)}
    await org.admin.do("retireWhy", "revision", {"why": why, "reason": "done"})
    before = {name: up.kill(name) for name in ("alignment", "notifications", "gateway")}
    for name, pid in before.items():
        await up.back(name, pid)
    (alert,) = await org.alerts(lambda found: [each["affected"] for each in found] == [20])
    assert (alert["kind"], alert["cause"], alert["subject"]["id"]) == ("GOAL_ORPHANED", "WHY_RETIRED", why)
    assert {each["id"] for each in alert["goals"]["nodes"]} == goals


async def test_after_kill_9_of_everything_the_same_data_dir_continues_where_it_stopped(
    fresh_dir: Path, kafka_options: tuple[str, ...], http: httpx.AsyncClient
) -> None:
    up = RunningInstance(fresh_dir, *kafka_options)
    await up.start()
    org = StoryOrganization(up, http, up.said["organization"])
    await org.begin()
    why = await begun(org)
    load = CommandLoad(org, why)
    async with load:
        await load.more(40)
        await up.kill_everything()
        assert instance_file.find(fresh_dir) is None
        first = up.said
        await up.start()
        assert (up.said["graphql"], up.said["organization"]) == (first["graphql"], first["organization"])
        await load.more(40)
    await load.assert_kept()
    await org.admin.do("retireWhy", "revision", {"why": why, "reason": "done"})
    await org.alerts(lambda found: any(each["cause"] == "WHY_RETIRED" for each in found))
    await assert_every_projection_is_a_fold(http, org)
    assert await up.stop() == 0
