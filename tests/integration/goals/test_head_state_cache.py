"""What goals holds in memory is never more than a copy: other writers, failures and restored databases are noticed."""

from __future__ import annotations

from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.runtime.clock import new_id
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.stores import entities_store, names_store
from tests.integration.goals.goals_harness import TABLES, GoalsHarness


def beside(harness: GoalsHarness) -> GoalsHarness:
    """A second process on the same database."""
    other = GoalsHarness(harness.pool)
    other.id, other.root, other.now = harness.id, harness.root, harness.now
    return other


async def renamed(harness: GoalsHarness, objective: str, title: str) -> str:
    """Rename it; the title it had before, as goals knew it."""
    await harness.do(c.UpdateObjective(objective=objective, title=title))
    return str((await harness.events())[-1].data.before.title)


async def test_a_command_of_another_process_is_caught_up_with_before_deciding(harness: GoalsHarness) -> None:
    one, other = await harness.objective(title="A"), beside(harness)
    assert await renamed(other, one, "B") == "A"
    assert await renamed(harness, one, "C") == "B"
    assert await renamed(other, one, "D") == "C"


async def test_a_restored_database_is_noticed_and_the_lost_branch_forgotten(harness: GoalsHarness) -> None:
    one = await harness.objective(title="A")
    saved = {table: await harness.pool.fetch(f"SELECT * FROM {table}") for table in TABLES}
    await renamed(harness, one, "Lost")
    for table, rows in saved.items():
        await harness.pool.execute(f"TRUNCATE {table}")
        await harness.pool.copy_records_to_table(table, records=[tuple(row) for row in rows])
    assert await renamed(beside(harness), one, "B") == "A"
    assert await renamed(harness, one, "C") == "B"


async def test_a_command_whose_commit_fails_is_not_remembered_in_memory(
    harness: GoalsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await harness.objective(title="A")

    async def fail(*_: Any) -> None:
        raise ConnectionError("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(entities_store, "put_entities", fail)
        with pytest.raises(ConnectionError):
            await renamed(harness, one, "Lost")
    assert await renamed(harness, one, "B") == "A"


async def test_who_left_can_come_back_under_the_same_login(harness: GoalsHarness) -> None:
    first = await harness.do(c.AddPerson(name="Eve", subject="eve", roles=[RoleGrant(R.MEMBER, harness.root)]))
    with pytest.raises(Refused) as refused:
        await harness.do(c.AddPerson(name="Eve", subject="eve"))
    assert refused.value.problems[0].code is ErrorCode.CONFLICT
    await harness.do(c.RemovePerson(person=first))
    with pytest.raises(Refused) as refused:
        await harness.do(c.CreateObjective(title="x", owners=[harness.root]), "eve")
    assert refused.value.problems[0].code is ErrorCode.FORBIDDEN
    second = await harness.do(c.AddPerson(name="Eve", subject="eve", roles=[RoleGrant(R.MEMBER, harness.root)]))
    assert second != first
    await harness.do(c.CreateObjective(title="x", owners=[harness.root]), "eve")
    names = {
        each.id: each.name
        for each in map(names_store.name_of_row, await harness.pool.fetch(names_store.NAMES, harness.id))
    }
    assert (names[first], names[second]) == ("Eve", "Eve")


async def test_an_evicted_organization_is_loaded_as_it_was(harness: GoalsHarness) -> None:
    small = Goals(harness.pool, HeadStateCache(0), lambda: None, lambda: harness.now, new_id)
    one = await harness.objective(title="A")
    harness.goals = small
    assert await renamed(harness, one, "B") == "A"
    assert await renamed(harness, one, "C") == "B"
