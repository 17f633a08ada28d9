"""Names and logins on a real database: a changed login is nobody's at once, and what was done under it is not lost."""

from __future__ import annotations

import asyncio

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.envelope import events_to_json
from goldenthread.contracts.errors import ErrorCode, Problem, Refused
from goldenthread.contracts.read_api import Login, PersonName
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.stores import names_store
from tests.integration.goals.goals_harness import GoalsHarness


async def send(harness: GoalsHarness, command: c.AnyCommand, login: str = "ada", key: str | None = None) -> Accepted:
    return await harness.goals.command(
        ReceivedCommand(Caller(login, harness.id, False, Secret("")), harness.id, command, key)
    )


async def refused(harness: GoalsHarness, command: c.AnyCommand, login: str = "ada", key: str | None = None) -> Problem:
    with pytest.raises(Refused) as caught:
        await send(harness, command, login, key)
    return caught.value.problems[0]


async def add(harness: GoalsHarness, login: str, role: R = R.EXECUTIVE) -> str:
    command = c.AddPerson(name=login.title(), subject=login, email=f"{login}@example.org", roles=[RoleGrant(role)])
    return (await send(harness, command)).ids[0]


def publish(statement: str) -> c.PublishPurpose:
    return c.PublishPurpose(statement=statement)


async def test_a_changed_login_is_nobodys_at_once_and_the_new_one_is_that_person(harness: GoalsHarness) -> None:
    bo = await add(harness, "bo")
    await send(harness, c.UpdatePerson(person=bo, subject="bo.new"))
    assert (await refused(harness, publish("x"), "bo")).code is ErrorCode.FORBIDDEN
    assert (await send(harness, publish("Be useful"), "bo.new")).revision
    nobody = await names_store.login_holder(harness.pool, harness.id, Login("", "bo"))
    found = await names_store.login_holder(harness.pool, harness.id, Login("", "bo.new"))
    head = len(await harness.events())
    assert (nobody.person, nobody.revision) == (None, head)
    assert (found.person, found.revision) == (PersonName(bo, "Bo", "bo.new", "bo@example.org", ""), head)
    assert await names_store.name_as_of(harness.pool, harness.id, bo) == found
    assert (await names_store.name_as_of(harness.pool, harness.id, "person_x")).person is None
    assert (await names_store.name_as_of(harness.pool, "org_x", bo)).person is None


async def test_names_and_addresses_change_in_the_erasable_table_and_nowhere_else(harness: GoalsHarness) -> None:
    bo = await add(harness, "bo")
    await send(harness, c.UpdatePerson(person=bo, name="Bo Hidden", email="hidden@example.org"), key="once")
    found = (await names_store.name_as_of(harness.pool, harness.id, bo)).person
    assert found == PersonName(bo, "Bo Hidden", "bo", "hidden@example.org", "")
    await send(harness, c.UpdatePerson(person=bo, clear=["email"]))
    cleared = (await names_store.name_as_of(harness.pool, harness.id, bo)).person
    assert cleared == PersonName(bo, "Bo Hidden", "bo", None, "")
    assert b"idden" not in events_to_json(await harness.events())
    for table in ("entities", "outbox", "answers"):
        rows = await harness.pool.fetch(f"SELECT * FROM {table} WHERE organization = $1", harness.id)
        kept = " ".join(str(value) for row in rows for value in row.values())
        assert "idden" not in kept


async def test_a_login_is_one_persons_and_two_swap_theirs_by_way_of_a_third(harness: GoalsHarness) -> None:
    bo, al = await add(harness, "bo"), await add(harness, "al")
    problem = await refused(harness, c.UpdatePerson(person=bo, subject="al"))
    assert (problem.code, problem.path) == (ErrorCode.CONFLICT, ["subject"])
    assert (await names_store.login_holder(harness.pool, harness.id, Login("", "bo"))).person is not None
    for person, subject in ((bo, "for a moment"), (al, "bo"), (bo, "al")):
        await send(harness, c.UpdatePerson(person=person, subject=subject))
    for login, person in (("al", bo), ("bo", al)):
        holder = (await names_store.login_holder(harness.pool, harness.id, Login("", login))).person
        assert holder is not None
        assert holder.id == person


async def test_of_two_who_are_given_one_login_at_once_one_gets_it(harness: GoalsHarness) -> None:
    people = [await add(harness, login) for login in ("bo", "al")]
    changes = [send(harness, c.UpdatePerson(person=person, subject="both")) for person in people]
    found = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(each, Refused) for each in found) == 1
    holder = (await names_store.login_holder(harness.pool, harness.id, Login("", "both"))).person
    assert holder is not None


async def test_the_login_of_somebody_who_left_is_free(harness: GoalsHarness) -> None:
    bo, al = await add(harness, "bo"), await add(harness, "al")
    await send(harness, publish("Be useful"), "bo", "once")
    await send(harness, c.RemovePerson(person=bo))
    await send(harness, c.UpdatePerson(person=al, subject="bo"))
    again = await send(harness, c.PublishPurpose(statement="Be kind", expected_version=1), "bo", "once")
    assert again.events  # a key that another person used is no key of theirs


async def test_the_login_of_somebody_who_left_is_free_also_where_their_id_is_somebody_elses(
    harness: GoalsHarness,
) -> None:
    bo = await add(harness, "bo")
    await send(harness, c.RemovePerson(person=bo))
    odd = await add(harness, bo)
    cy = await add(harness, "bo")
    await send(harness, c.RemovePerson(person=odd))
    dee = await add(harness, bo)
    for login, person in (("bo", cy), (bo, dee)):
        assert await names_store.person_of(harness.pool, harness.id, Login("", login)) == person


async def test_whoever_is_added_with_the_login_of_somebody_who_left_has_no_keys_of_theirs(
    harness: GoalsHarness,
) -> None:
    bo = await add(harness, "bo")
    await send(harness, publish("Be useful"), "bo", "once")
    await send(harness, c.RemovePerson(person=bo))
    await add(harness, "bo")
    assert (await send(harness, c.PublishPurpose(statement="Be kind", expected_version=1), "bo", "once")).events


async def test_what_was_answered_under_a_key_goes_with_the_person_to_the_new_login(harness: GoalsHarness) -> None:
    bo, al = await add(harness, "bo"), await add(harness, "al")
    first = await send(harness, publish("Be useful"), "bo", "once")
    await send(harness, c.UpdatePerson(person=bo, subject="bo.new"))
    assert await send(harness, publish("Be useful"), "bo.new", "once") == first
    await send(harness, c.UpdatePerson(person=al, subject="bo"))
    other = await send(harness, c.PublishPurpose(statement="Be kind", expected_version=1), "bo", "once")
    assert other.revision > first.revision
    assert await send(harness, publish("Be useful"), "bo.new", "once") == first


async def test_whoever_changes_their_own_login_asks_for_the_answer_under_the_new_one(harness: GoalsHarness) -> None:
    ada = (await names_store.login_holder(harness.pool, harness.id, Login("", "ada"))).person
    assert ada is not None
    change = c.UpdatePerson(person=ada.id, subject="ada.new")
    first = await send(harness, change, "ada", "once")
    assert first.warnings
    assert (await refused(harness, change, "ada", "once")).code is ErrorCode.FORBIDDEN
    assert await send(harness, change, "ada.new", "once") == first


async def test_a_change_that_is_refused_leaves_everything_as_it_was(harness: GoalsHarness) -> None:
    bo = await add(harness, "bo")
    await add(harness, "al")
    await send(harness, publish("Be useful"), "bo", "once")
    before = len(await harness.events())
    assert (await refused(harness, c.UpdatePerson(person=bo, name="Other", subject="al"))).code is ErrorCode.CONFLICT
    found = (await names_store.name_as_of(harness.pool, harness.id, bo)).person
    assert found is not None
    assert (found.name, found.subject, len(await harness.events())) == ("Bo", "bo", before)
    assert await send(harness, publish("Be useful"), "bo", "once")


async def test_somebody_whose_name_was_erased_cannot_be_renamed(harness: GoalsHarness) -> None:
    bo = await add(harness, "bo")
    await harness.pool.execute("DELETE FROM names WHERE organization = $1 AND person = $2", harness.id, bo)
    assert (await refused(harness, c.UpdatePerson(person=bo, name="x"))).code is ErrorCode.STATE_NOT_ALLOWED
    assert (await refused(harness, c.UpdatePerson(person="person_\x00", name="x"))).code is ErrorCode.NOT_FOUND
