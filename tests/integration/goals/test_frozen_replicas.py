"""A replica of goals that freezes in the middle of a command: others are answered, go on soon, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from services.goals.app import build
from services.goals.settings import Settings
from services.goals.stores import entities_store
from tests.integration.goals.conftest import Client, assert_fold_equals_state, founded
from tests.support.asgi_server import eventually

pytestmark = pytest.mark.alone

LOCK, IDLE = 0.3, 4.0
PATIENCE = 30.0


class Frozen:
    """What a command of one replica waits for, as if its process had been stopped there."""

    def __init__(self) -> None:
        self.there, self.thawed = asyncio.Event(), asyncio.Event()

    async def freeze(self) -> None:
        self.there.set()
        await self.thawed.wait()


@asynccontextmanager
async def replica(database: Secret, broker: Broker, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        kafka=broker.address,
        kafka_fetch_wait_ms=10,
        issuer=issuer.url,
        service_token=Secret(issuer.service_token("goldenthread-goals")),
        database_url=database,
        database_lock_seconds=LOCK,
        database_idle_seconds=IDLE,
    )
    async with (
        build(settings) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://goals", timeout=30) as client,
    ):
        yield client


class Two:
    """The administrator of one organization, at two replicas."""

    def __init__(self, one: Client, other: Client) -> None:
        self.one, self.other = one, other


@pytest.fixture
async def two(database: Secret, broker: Broker, issuer: Issuer) -> AsyncIterator[Two]:
    async with replica(database, broker, issuer) as one, replica(database, broker, issuer) as other:
        ada = await founded(one, issuer, "ada")
        beside = Client(other, issuer, "ada", ada.organization)
        made = Two(ada, beside)
        await ada.do("CreateUnit", name="One", function="BUSINESS")
        await beside.do("CreateUnit", name="Other", function="BUSINESS")
        yield made
        await assert_fold_equals_state(beside)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Frozen:
    """The next command that has written its entities freezes."""
    made, write = Frozen(), entities_store.put_entities

    async def put_entities(*arguments: Any) -> None:
        await write(*arguments)
        if not made.there.is_set():
            await made.freeze()

    monkeypatch.setattr(entities_store, "put_entities", put_entities)
    return made


async def test_others_are_answered_while_a_replica_is_frozen_and_go_on_when_it_was_ended(
    two: Two, frozen: Frozen
) -> None:
    stuck = asyncio.create_task(two.one.send("CreateUnit", "key", name="Frozen", function="BUSINESS"))
    await frozen.there.wait()
    began = time.monotonic()
    answer = await two.other.send("CreateUnit", name="New", function="BUSINESS")
    assert answer.status_code == 503
    assert time.monotonic() - began < IDLE
    (problem,) = answer.json()["errors"]
    assert problem["code"] == "UNAVAILABLE"
    assert "nothing was changed" in problem["message"]
    assert "Send it again" in problem["message"]

    async def works() -> bool:
        return (await two.other.send("CreateUnit", name="New", function="BUSINESS")).status_code == 200

    await eventually(works, PATIENCE)
    assert time.monotonic() - began > IDLE - LOCK
    # It thaws: nothing of it was written, and it says so; sent again it takes effect, once.
    frozen.thawed.set()
    answer = await stuck
    assert answer.status_code == 503
    assert "Send it again" in answer.json()["errors"][0]["message"]
    again = await two.one.do("CreateUnit", "key", name="Frozen", function="BUSINESS")
    assert await two.other.do("CreateUnit", "key", name="Frozen", function="BUSINESS") == again
    units = [unit.name for unit in (await two.one.snapshot()).units]
    assert [units.count(name) for name in ("New", "Frozen")] == [1, 1]


async def test_a_dry_run_waits_for_no_replica_that_is_frozen(two: Two, frozen: Frozen) -> None:
    unit = (await two.one.snapshot()).units[-1].id
    stuck = asyncio.create_task(two.one.send("CreateUnit", name="Frozen", function="BUSINESS"))
    await frozen.there.wait()
    tried = await two.other.do("MoveUnit", unit=unit, parent=await two.other.root(), dryRun=True)
    assert tried["dryRun"]
    plan = "Row ID,Type,Title\nP,purpose,Be useful\n"
    tried = await two.other.do("ImportPlan", source="file", content=plan, dryRun=True)
    assert (tried["dryRun"], tried["report"]["created"]) == (True, 1)
    assert not stuck.done()
    frozen.thawed.set()
    await stuck


async def test_who_waits_in_the_same_process_is_answered_too(two: Two, frozen: Frozen) -> None:
    stuck = asyncio.create_task(two.one.send("CreateUnit", name="Frozen", function="BUSINESS"))
    await frozen.there.wait()
    began = time.monotonic()
    answer = await two.one.send("CreateUnit", name="New", function="BUSINESS")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (503, "UNAVAILABLE")
    assert time.monotonic() - began < IDLE
    frozen.thawed.set()
    assert (await stuck).status_code == 200
