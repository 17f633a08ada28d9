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
from tests.integration.goals.office import TABLES, Office


def beside(office: Office) -> Office:
    """A second process on the same database."""
    other = Office(office.pool)
    other.id, other.root, other.now = office.id, office.root, office.now
    return other


async def renamed(office: Office, objective: str, title: str) -> str:
    """Rename it; the title it had before, as goals knew it."""
    await office.do(c.UpdateObjective(objective=objective, title=title))
    return str((await office.events())[-1].data.before.title)


async def test_a_command_of_another_process_is_caught_up_with_before_deciding(office: Office) -> None:
    one, other = await office.objective(title="A"), beside(office)
    assert await renamed(other, one, "B") == "A"
    assert await renamed(office, one, "C") == "B"
    assert await renamed(other, one, "D") == "C"


async def test_a_restored_database_is_noticed_and_the_lost_branch_forgotten(office: Office) -> None:
    one = await office.objective(title="A")
    saved = {table: await office.pool.fetch(f"SELECT * FROM {table}") for table in TABLES}
    await renamed(office, one, "Lost")
    for table, rows in saved.items():
        await office.pool.execute(f"TRUNCATE {table}")
        await office.pool.copy_records_to_table(table, records=[tuple(row) for row in rows])
    assert await renamed(beside(office), one, "B") == "A"
    assert await renamed(office, one, "C") == "B"


async def test_a_command_whose_commit_fails_is_not_remembered_in_memory(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await office.objective(title="A")

    async def fail(*_: Any) -> None:
        raise ConnectionError("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(entities_store, "put_entities", fail)
        with pytest.raises(ConnectionError):
            await renamed(office, one, "Lost")
    assert await renamed(office, one, "B") == "A"


async def test_who_left_can_come_back_under_the_same_login(office: Office) -> None:
    first = await office.do(c.AddPerson(name="Eve", subject="eve", roles=[RoleGrant(R.MEMBER, office.root)]))
    with pytest.raises(Refused) as refused:
        await office.do(c.AddPerson(name="Eve", subject="eve"))
    assert refused.value.problems[0].code is ErrorCode.CONFLICT
    await office.do(c.RemovePerson(person=first))
    with pytest.raises(Refused) as refused:
        await office.do(c.CreateObjective(title="x", owners=[office.root]), "eve")
    assert refused.value.problems[0].code is ErrorCode.FORBIDDEN
    second = await office.do(c.AddPerson(name="Eve", subject="eve", roles=[RoleGrant(R.MEMBER, office.root)]))
    assert second != first
    await office.do(c.CreateObjective(title="x", owners=[office.root]), "eve")
    names = {
        each.id: each.name
        for each in map(names_store.name_of_row, await office.pool.fetch(names_store.NAMES, office.id))
    }
    assert (names[first], names[second]) == ("Eve", "Eve")


async def test_an_evicted_organisation_is_loaded_as_it_was(office: Office) -> None:
    small = Goals(office.pool, HeadStateCache(0), lambda: None, lambda: office.now, new_id)
    one = await office.objective(title="A")
    office.goals = small
    assert await renamed(office, one, "B") == "A"
    assert await renamed(office, one, "C") == "B"
