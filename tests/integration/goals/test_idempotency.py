"""Promise 1 in goals, over an upgrade and over time: an answer is replayed exactly, and kept for thirty days."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import msgspec
import pytest
from msgspec import structs

from goldenthread.contracts import commands as c
from goldenthread.contracts.enums import UnitFunction
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.migrations import MIGRATIONS
from services.goals.timekeeper import Timekeeper
from tests.integration.goals.goals_harness import GoalsHarness
from tests.integration.runtime.idempotency.release_before import GOALS
from tests.support.asgi_server import eventually

PURPOSE = c.PublishPurpose(statement="Be useful")


def sent(harness: GoalsHarness, command: c.AnyCommand, key: str | None = None) -> ReceivedCommand:
    return ReceivedCommand(Caller("ada", harness.id, False, Secret("")), harness.id, command, key)


async def test_promise_1_a_command_that_the_release_before_answered_is_not_done_again_after_the_upgrade(
    empty_database: Secret,
) -> None:
    async with open_pool(empty_database, 4, *GOALS.folders) as pool:
        harness = GoalsHarness(pool)
        await harness.open()
        answer = await harness.goals.command(sent(harness, PURPOSE))
        input, kept = sha256(msgspec.json.encode(PURPOSE)).digest(), structs.replace(answer, events=[])
        first = answer.revision - len(answer.events) + 1
        row = (harness.id, "", "ada", "once", input, msgspec.json.encode(kept), first, answer.revision, None)
        await pool.execute(GOALS.put, *row)
    async with open_pool(empty_database, 4, SHARED, MIGRATIONS) as pool:
        upgraded = GoalsHarness(pool)
        upgraded.id = harness.id
        before = await upgraded.events()
        again = await upgraded.goals.command(sent(upgraded, PURPOSE, "once"))
        assert msgspec.json.decode(msgspec.json.encode(again)) == msgspec.json.decode(msgspec.json.encode(answer))
        assert len(again.events) == len(answer.events) > 0
        with pytest.raises(Refused) as refused:
            await upgraded.goals.command(sent(upgraded, c.PublishPurpose(statement="Be rich"), "once"))
        assert refused.value.problems[0].code is ErrorCode.CONFLICT
        assert await upgraded.events() == before


async def test_promise_1_a_key_is_free_again_after_thirty_days_and_no_earlier(harness: GoalsHarness) -> None:
    for key in ("new", "old"):
        await harness.goals.command(sent(harness, c.CreateUnit(name=key, function=UnitFunction.BUSINESS), key))
    await harness.pool.execute("UPDATE answers SET at = now() - interval '29 days 23 hours' WHERE key = 'new'")
    await harness.pool.execute("UPDATE answers SET at = now() - interval '30 days 1 hour' WHERE key = 'old'")
    clock = asyncio.create_task(Timekeeper(harness.pool, harness.goals, lambda: harness.now).run())
    try:
        await eventually(lambda: only_new_is_kept(harness))
    finally:
        clock.cancel()
        await asyncio.wait([clock])


async def only_new_is_kept(harness: GoalsHarness) -> bool:
    return [row["key"] for row in await harness.pool.fetch("SELECT key FROM answers")] == ["new"]
