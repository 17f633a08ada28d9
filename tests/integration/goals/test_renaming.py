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
from goldenthread.runtime.web.jwt import Caller
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.stores import names_store
from tests.integration.goals.office import Office


async def send(office: Office, command: c.AnyCommand, login: str = "ada", key: str | None = None) -> Accepted:
    return await office.goals.command(
        ReceivedCommand(Caller(login, office.id, False, Secret("")), office.id, command, key)
    )


async def refused(office: Office, command: c.AnyCommand, login: str = "ada", key: str | None = None) -> Problem:
    with pytest.raises(Refused) as caught:
        await send(office, command, login, key)
    return caught.value.problems[0]


async def add(office: Office, login: str, role: R = R.EXECUTIVE) -> str:
    command = c.AddPerson(name=login.title(), subject=login, email=f"{login}@example.org", roles=[RoleGrant(role)])
    return (await send(office, command)).ids[0]


def publish(statement: str) -> c.PublishPurpose:
    return c.PublishPurpose(statement=statement)


async def test_a_changed_login_is_nobodys_at_once_and_the_new_one_is_that_person(office: Office) -> None:
    bo = await add(office, "bo")
    await send(office, c.UpdatePerson(person=bo, subject="bo.new"))
    assert (await refused(office, publish("x"), "bo")).code is ErrorCode.FORBIDDEN
    assert (await send(office, publish("Be useful"), "bo.new")).revision
    nobody = await names_store.login_holder(office.pool, office.id, Login("", "bo"))
    found = await names_store.login_holder(office.pool, office.id, Login("", "bo.new"))
    head = len(await office.events())
    assert (nobody.person, nobody.revision) == (None, head)
    assert (found.person, found.revision) == (PersonName(bo, "Bo", "bo.new", "bo@example.org", ""), head)
    assert await names_store.name_as_of(office.pool, office.id, bo) == found
    assert (await names_store.name_as_of(office.pool, office.id, "person_x")).person is None
    assert (await names_store.name_as_of(office.pool, "org_x", bo)).person is None


async def test_names_and_addresses_change_in_the_erasable_table_and_nowhere_else(office: Office) -> None:
    bo = await add(office, "bo")
    await send(office, c.UpdatePerson(person=bo, name="Bo Hidden", email="hidden@example.org"), key="once")
    found = (await names_store.name_as_of(office.pool, office.id, bo)).person
    assert found == PersonName(bo, "Bo Hidden", "bo", "hidden@example.org", "")
    await send(office, c.UpdatePerson(person=bo, clear=["email"]))
    cleared = (await names_store.name_as_of(office.pool, office.id, bo)).person
    assert cleared == PersonName(bo, "Bo Hidden", "bo", None, "")
    assert b"idden" not in events_to_json(await office.events())
    for table in ("entities", "outbox", "answers"):
        rows = await office.pool.fetch(f"SELECT * FROM {table} WHERE organization = $1", office.id)
        kept = " ".join(str(value) for row in rows for value in row.values())
        assert "idden" not in kept


async def test_a_login_is_one_persons_and_two_swap_theirs_by_way_of_a_third(office: Office) -> None:
    bo, al = await add(office, "bo"), await add(office, "al")
    problem = await refused(office, c.UpdatePerson(person=bo, subject="al"))
    assert (problem.code, problem.path) == (ErrorCode.CONFLICT, ["subject"])
    assert (await names_store.login_holder(office.pool, office.id, Login("", "bo"))).person is not None
    for person, subject in ((bo, "for a moment"), (al, "bo"), (bo, "al")):
        await send(office, c.UpdatePerson(person=person, subject=subject))
    for login, person in (("al", bo), ("bo", al)):
        holder = (await names_store.login_holder(office.pool, office.id, Login("", login))).person
        assert holder is not None
        assert holder.id == person


async def test_of_two_who_are_given_one_login_at_once_one_gets_it(office: Office) -> None:
    people = [await add(office, login) for login in ("bo", "al")]
    changes = [send(office, c.UpdatePerson(person=person, subject="both")) for person in people]
    found = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(each, Refused) for each in found) == 1
    holder = (await names_store.login_holder(office.pool, office.id, Login("", "both"))).person
    assert holder is not None


async def test_the_login_of_somebody_who_left_is_free(office: Office) -> None:
    bo, al = await add(office, "bo"), await add(office, "al")
    await send(office, publish("Be useful"), "bo", "once")
    await send(office, c.RemovePerson(person=bo))
    await send(office, c.UpdatePerson(person=al, subject="bo"))
    again = await send(office, c.PublishPurpose(statement="Be kind", expected_version=1), "bo", "once")
    assert again.events  # a key that another person used is no key of theirs


async def test_the_login_of_somebody_who_left_is_free_also_where_their_id_is_somebody_elses(office: Office) -> None:
    bo = await add(office, "bo")
    await send(office, c.RemovePerson(person=bo))
    odd = await add(office, bo)
    cy = await add(office, "bo")
    await send(office, c.RemovePerson(person=odd))
    dee = await add(office, bo)
    for login, person in (("bo", cy), (bo, dee)):
        assert await names_store.person_of(office.pool, office.id, Login("", login)) == person


async def test_whoever_is_added_with_the_login_of_somebody_who_left_has_no_keys_of_theirs(office: Office) -> None:
    bo = await add(office, "bo")
    await send(office, publish("Be useful"), "bo", "once")
    await send(office, c.RemovePerson(person=bo))
    await add(office, "bo")
    assert (await send(office, c.PublishPurpose(statement="Be kind", expected_version=1), "bo", "once")).events


async def test_what_was_answered_under_a_key_goes_with_the_person_to_the_new_login(office: Office) -> None:
    bo, al = await add(office, "bo"), await add(office, "al")
    first = await send(office, publish("Be useful"), "bo", "once")
    await send(office, c.UpdatePerson(person=bo, subject="bo.new"))
    assert await send(office, publish("Be useful"), "bo.new", "once") == first
    await send(office, c.UpdatePerson(person=al, subject="bo"))
    other = await send(office, c.PublishPurpose(statement="Be kind", expected_version=1), "bo", "once")
    assert other.revision > first.revision
    assert await send(office, publish("Be useful"), "bo.new", "once") == first


async def test_whoever_changes_their_own_login_asks_for_the_answer_under_the_new_one(office: Office) -> None:
    ada = (await names_store.login_holder(office.pool, office.id, Login("", "ada"))).person
    assert ada is not None
    change = c.UpdatePerson(person=ada.id, subject="ada.new")
    first = await send(office, change, "ada", "once")
    assert first.warnings
    assert (await refused(office, change, "ada", "once")).code is ErrorCode.FORBIDDEN
    assert await send(office, change, "ada.new", "once") == first


async def test_a_change_that_is_refused_leaves_everything_as_it_was(office: Office) -> None:
    bo = await add(office, "bo")
    await add(office, "al")
    await send(office, publish("Be useful"), "bo", "once")
    before = len(await office.events())
    assert (await refused(office, c.UpdatePerson(person=bo, name="Other", subject="al"))).code is ErrorCode.CONFLICT
    found = (await names_store.name_as_of(office.pool, office.id, bo)).person
    assert found is not None
    assert (found.name, found.subject, len(await office.events())) == ("Bo", "bo", before)
    assert await send(office, publish("Be useful"), "bo", "once")


async def test_somebody_whose_name_was_erased_cannot_be_renamed(office: Office) -> None:
    bo = await add(office, "bo")
    await office.pool.execute("DELETE FROM names WHERE organization = $1 AND person = $2", office.id, bo)
    assert (await refused(office, c.UpdatePerson(person=bo, name="x"))).code is ErrorCode.STATE_NOT_ALLOWED
    assert (await refused(office, c.UpdatePerson(person="person_\x00", name="x"))).code is ErrorCode.NOT_FOUND
