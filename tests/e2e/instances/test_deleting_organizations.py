"""One organization of two is deleted under load, with `kill -9` in the middle: nothing of it is left in any database,
and the other one is undisturbed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.conftest import a_kafka, options
from tests.support.apache_kafka.broker import ApacheKafka
from tests.support.asgi_server import eventually
from tests.support.command_line import CommandLine
from tests.support.command_load import CommandLoad
from tests.support.graphql_client import SubscriptionMessages
from tests.support.running_instance import RunningInstance
from tests.support.story_organization import StoryOrganization

SUBSCRIPTION = "subscription { organizationChanged { revision } }"
DATABASES = ("goals", "alignment", "notifications")
ROWS = 2_000
_PATIENCE = 60.0


@pytest.fixture(scope="module")
async def kafka(broker: ApacheKafka | None, place: Path) -> AsyncIterator[ApacheKafka | None]:
    async with a_kafka(broker, place / "deletion-kafka") as server:
        yield server


@pytest.fixture(scope="module")
async def own(place: Path, kafka: ApacheKafka | None) -> AsyncIterator[RunningInstance]:
    """An instance that only these tests use: they are rough."""
    async with RunningInstance(place / "deletion", *options(kafka)) as running:
        yield running


@pytest.fixture
def up(own: RunningInstance) -> RunningInstance:
    return own


@pytest.fixture
async def doomed(up: RunningInstance, http: httpx.AsyncClient) -> StoryOrganization:
    """An organization with some thousand rows, and with verdicts, alerts and a webhook."""
    made = StoryOrganization(up, http, await up.new_organization(http))
    await made.begin()
    await made.admin.do("setPolicy", "policy { graceDays }", {"graceDays": 0})
    await made.purpose()
    why = await made.why("Hear in noise")
    await made.admin.do("addWebhook", "secret", {"url": "https://9.9.9.9/hook"})
    rows = "\n".join(f"O{number},objective,Goal {number},W,It helps" for number in range(ROWS))
    plan = f"Row ID,Type,Title,Parent,Because\nP,purpose,Everybody hears,,\nW,why,Hear,P,Noise is in the way\n{rows}\n"
    await made.admin.do("importPlan", "revision", {"source": "plan", "content": plan, "format": "OKR_SHEET"})
    await made.admin.do("retireWhy", "revision", {"why": why, "reason": "done"})
    return made


async def left(up: RunningInstance, organization: str) -> dict[str, int]:
    """How many rows each table of each database has of an organization."""
    found: dict[str, int] = {}
    for name in DATABASES:
        connection = await asyncpg.connect(up.instance.databases[name].reveal())
        try:
            tables = await connection.fetch(
                "SELECT table_name FROM information_schema.columns WHERE column_name = 'organization'"
                " AND table_schema = current_schema()"
            )
            for (table,) in tables:
                count = await connection.fetchval(
                    f'SELECT count(*) FROM "{table}" WHERE organization = $1', organization
                )
                found |= {f"{name}.{table}": count} if count else {}
        finally:
            await connection.close()
    return found


TOMBSTONES = {
    "goals.streams": 1,
    "goals.outbox": 1,  # the event that says that it was deleted
    "alignment.streams": 1,
    "alignment.projections": 1,
    "notifications.streams": 1,
    "notifications.projections": 1,
}


async def until_gone(up: RunningInstance, organization: str) -> None:
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while (found := await left(up, organization)) != TOMBSTONES:
        assert asyncio.get_running_loop().time() < deadline, found
        await asyncio.sleep(0.2)


async def to_the_end(heard: SubscriptionMessages) -> None:
    while True:
        await heard.next()


@pytest.mark.parametrize("victim", ["goals", "alignment", "notifications"])
async def test_one_of_two_is_deleted_under_load_and_the_other_one_is_undisturbed(
    org: StoryOrganization, doomed: StoryOrganization, up: RunningInstance, tmp_path: Path, victim: str
) -> None:
    local = CommandLine({"GOLDENTHREAD_DATA_DIR": str(up.data_dir)}, tmp_path)
    await org.purpose()
    why = await org.why("Hear in noise")

    async def filled() -> bool:
        there = {"goals.entities", "goals.names", "notifications.webhooks", "alignment.nodes"}
        return there <= set(await left(up, doomed.id))

    await eventually(filled)
    async with CommandLoad(org, why) as load, doomed.admin.subscribed(SUBSCRIPTION) as heard:
        await load.more(20)
        done = await local("organization", "delete", doomed.id, "--confirm", "Test")
        assert (done.code, done.out) == (0, "")
        pid = up.kill(victim)
        with pytest.raises(ConnectionClosed) as closed:
            await to_the_end(heard)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4403
        await up.back(victim, pid)
        await until_gone(up, doomed.id)
        await load.more(20)
    await load.assert_kept()
    refused = await doomed.admin.post("{ organization { name } }")
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (403, "FORBIDDEN")
    listed = await local("organization", "list", "--first", "1", "--after", doomed.id[:-1], "--json")
    (entry,) = listed.json()["organizations"]
    assert (entry["id"], set(entry)) == (doomed.id, {"id", "deletedAt"})
    again = await local("organization", "create", "Back", "--id", doomed.id)
    assert (again.code, "was deleted" in again.err) == (1, True)


async def test_a_consumer_that_was_away_and_finds_no_event_learns_it_all_the_same(
    doomed: StoryOrganization, up: RunningInstance, tmp_path: Path
) -> None:
    """The broker of one machine forgets everything when it is killed: the event that says so is lost with it."""
    local = CommandLine({"GOLDENTHREAD_DATA_DIR": str(up.data_dir)}, tmp_path)
    away = {name: up.kill(name) for name in ("alignment", "notifications")}
    done = await local("organization", "delete", doomed.id, "--confirm", "Test")
    assert done.code == 0, done.err
    if "broker" in up.instance.pids:
        await up.back("broker", up.kill("broker"))
    for name, pid in away.items():
        await up.back(name, pid)
    await until_gone(up, doomed.id)
