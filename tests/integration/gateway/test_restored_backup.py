"""goals restored from a backup: nobody is told that a verdict on the lost branch is up to date, and that ends soon."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import asyncpg
import pytest

from services.alignment.stores.alignment_store import AlignmentStore
from tests.integration.gateway.conftest import Stage
from tests.integration.goals.goals_harness import TABLES
from tests.support.graphql_client import Client
from tests.support.services import Person

SHOWN = """{ purpose { state } objectives { nodes { title alignment { state upToDate revision } } }
    organization { revision } }"""
HEALTH = "{ alignmentHealth { orphaned aligned } purpose { state } organization { revision } }"
SOON = 20.0
"""Seconds; asking for all heads, which noticed it before, happens once a minute."""


async def saved(stage: Stage) -> dict[str, list[Any]]:
    """What is in goals' database."""
    connection = await asyncpg.connect(stage.services.databases["goals"].reveal())
    try:
        return {table: await connection.fetch(f"SELECT * FROM {table}") for table in TABLES}
    finally:
        await connection.close()


async def restore(stage: Stage, backup: dict[str, list[Any]]) -> None:
    """Put it back."""
    connection = await asyncpg.connect(stage.services.databases["goals"].reveal())
    try:
        async with connection.transaction():
            for table, rows in backup.items():
                await connection.execute(f"TRUNCATE {table}")
                await connection.copy_records_to_table(table, records=[tuple(row) for row in rows])
    finally:
        await connection.close()


async def told(client: Client, judged: int = 1) -> dict[str, Any]:
    """The answer once so many objectives are shown and all is judged."""

    def holds(data: dict[str, Any]) -> bool:
        nodes = data["objectives"]["nodes"]
        return len(nodes) == judged and all(each["alignment"]["upToDate"] for each in nodes)

    return await client.until(SHOWN, holds)


async def begun(ada: Person) -> str:
    """Purpose ← why ← objective; the id of the purpose."""
    info = (await ada.goals()).info
    assert info is not None
    purpose = str((await ada.do("goals", "PublishPurpose", statement="Be useful"))["ids"][0])
    told = await ada.do("goals", "PublishWhy", statement="Grow", because="It pays", audience=[info.root])
    link = {"parent": told["ids"][0], "because": "It helps"}
    await ada.do("goals", "CreateObjective", title="Sell", owners=[info.root], linkTo=link)
    return purpose


def held_up(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What alignment judges from now on is saved when this is set: so long everybody sees what it said before."""
    save, may = AlignmentStore.save, asyncio.Event()

    async def late(store: AlignmentStore, prepared: Any) -> None:
        await may.wait()
        await save(store, prepared)

    monkeypatch.setattr(AlignmentStore, "save", late)
    return may


async def test_no_verdict_on_the_lost_branch_is_called_up_to_date_and_those_on_the_new_one_come_soon(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await stage.services.organization()
    await stage.services.start("alignment")
    await begun(ada)
    backup = await saved(stage)
    async with stage.gateway() as url:
        client = stage.client(url, ada)
        await ada.do("goals", "RetirePurpose", reason="old")
        shown = await told(client)
        assert shown["objectives"]["nodes"][0]["alignment"]["state"] == "ORPHANED"
        may = held_up(monkeypatch)
        await restore(stage, backup)
        began, seen = time.monotonic(), set()
        while ("PUBLISHED", "ALIGNED", True) not in seen:
            data = await client.ask(SHOWN)
            (objective,) = data["objectives"]["nodes"]
            seen.add((data["purpose"]["state"], objective["alignment"]["state"], objective["alignment"]["upToDate"]))
            assert ("PUBLISHED", "ORPHANED", True) not in seen
            if ("PUBLISHED", "ORPHANED", False) in seen:
                may.set()
            answer = (await client.post(HEALTH)).json()
            if "errors" not in answer and answer["data"]["purpose"]["state"] == "PUBLISHED":
                assert answer["data"]["alignmentHealth"]["orphaned"] == 0, "figures of the lost branch"
            assert time.monotonic() - began < SOON, seen
            await asyncio.sleep(0.02)
        assert ("PUBLISHED", "ORPHANED", False) in seen  # it was there, and was called what it is


async def test_a_change_after_the_restore_is_shown_in_its_own_answer_and_soon_judged(stage: Stage) -> None:
    ada = await stage.services.organization()
    await stage.services.start("alignment")
    purpose = await begun(ada)
    backup = await saved(stage)
    async with stage.gateway() as url:
        client = stage.client(url, ada)
        for number in range(5):
            await client.do("publishPurpose", "revision", {"statement": f"Lost {number}"})
        await restore(stage, backup)
        shown = "purpose { id statement alignment { state upToDate } } revision upToDate"
        done = await client.do("publishPurpose", shown, {"statement": "Be kind"})
        assert (done["purpose"]["id"], done["purpose"]["statement"]) == (purpose, "Be kind")
        # alignment may have judged the new branch by then: what it said of the lost one never counts
        assert done["upToDate"] == done["purpose"]["alignment"]["upToDate"]
        assert done["upToDate"] <= (done["purpose"]["alignment"]["state"] == "ALIGNED")
        await told(client)
        again = await client.ask("{ purpose { statement alignment { upToDate } } }")
        assert again["purpose"]["statement"] == "Be kind"
