"""Files that are imported into an organization of its own, and what became of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Objective
from goldenthread.contracts.enums import CellOutcome
from goldenthread.contracts.errors import Problem, Refused
from goldenthread.contracts.replies import Accepted, ImportReport
from goldenthread.contracts.secret import Secret
from goldenthread.organization.organization import Organization
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.handlers import Goals
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.migrations import MIGRATIONS
from tests.integration.goals.goals_harness import GoalsHarness
from tests.integration.goals.imports.processes import process

HEAD = "Row ID,Type,Title,Parent,Start Value,Target Value,Current Value\n"
A = HEAD + "P,purpose,Be useful,,,,\nW,why,Grow,P,,,\nO,objective,Sell,W,,,\nK,key_result,Revenue,O,0,10,4\n"
B = A.replace("Sell", "Sell more")
TABLES = (
    *("import_rows", "import_names", "import_files", "import_words"),
    *("answers", "outbox", "entities", "timers"),
)


@asynccontextmanager
async def importing_harness(database: Secret) -> AsyncIterator[GoalsHarness]:
    """A harness whose events fold to its state when the block ends."""
    async with open_pool(database, 8, SHARED, MIGRATIONS) as pool:
        made = GoalsHarness(pool)
        made.goals = process(made)
        await made.open()
        yield made
        await assert_fold_equals_state(made)


async def assert_fold_equals_state(harness: GoalsHarness) -> None:
    folded, stored = Organization(), Organization()
    for event in await harness.events():
        folded.apply(event.data)
    async with process(harness)._sessions.read_only(harness.id) as session:
        stored = session.org.copy()
    assert {each.id: each for each in folded.entities()} == {each.id: each for each in stored.entities()}


async def answer(
    harness: GoalsHarness,
    content: str | None,
    key: str | None = None,
    goals: Goals | None = None,
    login: str = "ada",
    **more: Any,
) -> Accepted:
    command = c.ImportPlan(content=content, **{"file_name": "plan.csv", **more})
    request = ReceivedCommand(Caller(login, harness.id, False, Secret("")), harness.id, command, key)
    return await (goals or harness.goals).command(request)


async def report(harness: GoalsHarness, content: str | None, **more: Any) -> ImportReport:
    found = (await answer(harness, content, **more)).report
    assert found is not None
    return found


async def refused(harness: GoalsHarness, content: str | None, **more: Any) -> Problem:
    with pytest.raises(Refused) as caught:
        await answer(harness, content, **more)
    return caught.value.problems[0]


def cells(found: ImportReport) -> list[tuple[str, str, CellOutcome]]:
    return [(row.row, cell.cell, cell.outcome) for row in found.rows for cell in row.cells]


async def rows(harness: GoalsHarness) -> dict[str, int]:
    """How many rows every table has."""
    return {table: await harness.pool.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def state(harness: GoalsHarness) -> Organization:
    async with harness.goals._sessions.read_only(harness.id) as session:
        return session.org.copy()


async def objective(harness: GoalsHarness) -> Objective:
    return next(iter((await state(harness)).objectives.values()))


async def retitle(harness: GoalsHarness, title: str, goals: Goals | None = None) -> None:
    command = c.UpdateObjective(objective=(await objective(harness)).id, title=title)
    await (goals or harness.goals).command(
        ReceivedCommand(Caller("ada", harness.id, False, Secret("")), harness.id, command)
    )
