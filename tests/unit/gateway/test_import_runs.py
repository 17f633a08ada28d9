"""Who listens hears how far imports are; goals is asked once for all of them, and only while somebody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from gateway.live.import_runs import ImportRuns
from gateway.schema.build import make
from gateway.upstream.streams import GOALS
from goldenthread.contracts.enums import ImportStep
from goldenthread.contracts.read_api import ImportRun
from tests.support.entities import T0, purpose
from tests.unit.gateway.fakes import Client
from tests.unit.gateway.world import World

RUN = ImportRun("run_1", "plan", "plan.csv", "person_a", ImportStep.COMPARING, 10, 200, T0, T0)
ENDED = structs.replace(RUN, id="run_0", step=ImportStep.DONE, done=200)
CHANGED = "subscription { importChanged { id source fileName by { name } step done total } }"
SECONDS = 30.0


@pytest.fixture
def client() -> Client:
    return asking(quiet=0.001)


def asking(quiet: float) -> Client:
    """A client of a gateway that asks goals often while an import is under way, otherwise every `quiet` seconds."""
    made = Client(World(purpose()))
    made.cache.imports = ImportRuns(made.cache, 0.001, quiet)
    return made


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110 - the poll tells nobody
            await asyncio.sleep(0)


@asynccontextmanager
async def listening(client: Client) -> AsyncIterator[Callable[[], Any]]:
    """Gives the next run that a subscription tells."""
    found = await make().subscribe(CHANGED, context_value=await client.context())
    assert not isinstance(found, Exception)

    async def following() -> Any:
        async with asyncio.timeout(SECONDS):
            result = await anext(found)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data["importChanged"]

    try:
        yield following
    finally:
        await found.aclose()


async def test_a_listener_hears_what_is_under_way_and_then_how_it_goes_on(client: Client) -> None:
    client.upstreams.runs = [ENDED, RUN]
    async with listening(client) as following:
        assert await following() == {
            "id": "run_1", "source": "plan", "fileName": "plan.csv", "by": {"name": "Ada Alpha"}, "step": "COMPARING",
            "done": 10, "total": 200,
        }  # fmt: skip
        client.upstreams.runs = [ENDED, structs.replace(RUN, step=ImportStep.DONE, done=200)]
        assert (await following())["step"] == "DONE"


async def test_goals_is_asked_once_for_all_listeners_and_not_at_all_without_any(client: Client) -> None:
    runs = ImportRuns(client.cache, 0.001, 0.001)
    assert client.upstreams.imports_asked == 0
    with runs.feed("org_1"), runs.feed("org_1"):
        await until(lambda: client.upstreams.imports_asked >= 3)
        assert len([task for task in asyncio.all_tasks() if task.get_name() == "imports"]) == 1
    await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "imports"])


async def test_a_goals_that_does_not_answer_ends_no_subscription(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(client) as following:
        client.upstreams.down.add(GOALS)
        task = asyncio.create_task(following())
        await until(lambda: client.upstreams.imports_asked >= 3)
        assert not task.done()
        client.upstreams.runs = [RUN]
        client.upstreams.down.clear()
        assert (await task)["id"] == "run_1"
    assert not [record for record in caplog.records if record.levelname == "ERROR"], "that was foreseen"


async def test_what_changes_while_nobody_reads_is_told_once(client: Client) -> None:
    runs = ImportRuns(client.cache, 0.001, 0.001)
    with runs.feed("org_1") as feed:
        for done in range(50):
            feed.take([structs.replace(RUN, done=done)])
        changes = feed.changes()
        assert (await anext(changes)).done == 49
        feed.take([structs.replace(RUN, done=49)])
        feed.take([structs.replace(RUN, done=50)])
        assert (await anext(changes)).done == 50


async def test_an_import_that_begins_is_told_soon() -> None:
    client = asking(quiet=60.0)
    async with listening(client) as following:
        task = asyncio.create_task(following())
        polls = client.cache.imports._polls
        await until(lambda: "org_1" in polls and polls["org_1"].runs == [])
        client.upstreams.runs = [RUN]
        client.cache.imports.begins("org_1")
        assert (await task)["id"] == "run_1"


async def test_goals_is_asked_again_soon_of_an_import_that_it_does_not_know_yet() -> None:
    client = asking(quiet=60.0)
    async with listening(client) as following:
        task = asyncio.create_task(following())
        await until(lambda: client.upstreams.imports_asked == 1)
        client.cache.imports.begins("org_1")
        await until(lambda: client.upstreams.imports_asked == 3)
        client.upstreams.runs = [RUN]
        assert (await task)["id"] == "run_1"


async def test_the_latest_runs_can_be_asked_for(client: Client) -> None:
    later = T0 + timedelta(minutes=1)
    client.upstreams.runs = [structs.replace(RUN, id="run_2", source="", started_at=later, by=None), RUN]
    found = await client.ask("{ imports { id source by { name } } }")
    assert found["imports"] == [
        {"id": "run_1", "source": "plan", "by": {"name": "Ada Alpha"}},
        {"id": "run_2", "source": None, "by": None},
    ]
    assert [each["id"] for each in (await client.ask("{ imports(first: 1) { id } }"))["imports"]] == ["run_2"]
    client.upstreams.down.add(GOALS)
    result = await client.run("{ imports { id } }")
    assert [error.extensions["code"] for error in result.errors] == ["UNAVAILABLE"]
