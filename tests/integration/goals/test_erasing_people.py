"""Erasures on a real database: what goes with the person, what stays, and what is under way at the same moment."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands.imports import ColumnWord
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.read_api import Login
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from services.goals.history import pages
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.stores import names_store
from tests.integration.goals.goals_harness import GoalsHarness
from tests.support.database_walk import places_of

NAME, EMAIL, SUBJECT = "Zebulon Quixworth", "zebulon.quixworth@quix.example", "zq-7731-login"
HEADER = "Row ID,Type,Title,Parent,Owner\n"
OWNED = f"{HEADER}O1,objective,Answer the phone,,{NAME}\nK1,key_result,Calls,O1,{EMAIL}\n"


async def send(harness: GoalsHarness, command: c.AnyCommand, key: str | None = None, login: str = "ada") -> Accepted:
    caller = Caller(login, harness.id, False, Secret(""))
    return await harness.goals.command(ReceivedCommand(caller, harness.id, command, key))


async def somebody(harness: GoalsHarness) -> str:
    roles = [RoleGrant(R.EXECUTIVE)]
    return (await send(harness, c.AddPerson(name=NAME, subject=SUBJECT, email=EMAIL, roles=roles), "add")).ids[0]


async def erase(harness: GoalsHarness, person: str, key: str | None = None) -> Accepted:
    return await send(harness, c.ErasePerson(person=person), key)


async def places(harness: GoalsHarness, database: Secret) -> set[str]:
    return await places_of(database, (NAME, EMAIL, SUBJECT))


async def rows_of(harness: GoalsHarness, table: str) -> list[Any]:
    return list(await harness.pool.fetch(f"SELECT * FROM {table} WHERE organization = $1", harness.id))


async def test_what_imports_remember_of_files_with_the_name_is_forgotten_and_nothing_else(
    harness: GoalsHarness, database: Secret
) -> None:
    person = await somebody(harness)
    rows = [
        f"O1,objective,The plan of {NAME.upper()},,",
        "O2,objective,Open on Saturdays,,",
        f"{SUBJECT},objective,3,,",
    ]
    plan = HEADER + "\n".join(rows)
    words = [ColumnWord(heading=NAME, column=""), ColumnWord(heading="Goal", column="title")]
    await send(harness, c.ImportPlan(content=plan, file_name=f"{NAME}.csv", source="plan", columns=words), "import")
    assert {each["row"] for each in await rows_of(harness, "import_rows")} == {"O1", "O2", SUBJECT}
    await harness.do(c.RemovePerson(person=person))
    await erase(harness, person)
    assert [each["row"] for each in await rows_of(harness, "import_rows")] == ["O2"]
    (kept,) = await rows_of(harness, "import_words")
    assert b"Goal" in kept["words"]
    # Texts of goals are what somebody wrote: they stay, with the row ids that goals came from.
    assert await places(harness, database) == {"entities.state", "outbox.data"}
    again = await send(harness, c.ImportPlan(content=plan, source="plan"))
    assert again.report is not None
    assert (again.report.created, again.report.unchanged) == (0, 3)


async def test_answers_to_the_person_are_deleted_and_those_that_quote_them_keep_their_counts(
    harness: GoalsHarness, database: Secret
) -> None:
    person = await somebody(harness)
    await send(harness, c.PublishPurpose(statement="Be useful"), "purpose", SUBJECT)
    sheet = f"Row ID,Type,Title,Parent,{NAME}\n" + "".join(f"O{n},objective,Goal {n},,x\n" for n in range(150))
    many = await send(harness, c.ImportPlan(content=sheet, source="plan"), "import")
    assert {"answers.answer", "answers.actor"} <= await places(harness, database)
    await harness.do(c.RemovePerson(person=person))
    await erase(harness, person)
    assert await places(harness, database) == set()
    again = await send(harness, c.ImportPlan(content=sheet, source="plan"), "import")
    assert many.report is not None
    assert again.report is not None
    assert (again.ids, again.report.created, again.report.rows, again.warnings) == (many.ids, 150, [], [])


async def test_the_command_that_added_the_person_is_not_done_again_and_its_hash_says_nothing(
    harness: GoalsHarness,
) -> None:
    person = await somebody(harness)
    await harness.do(c.RemovePerson(person=person))
    await erase(harness, person)
    with pytest.raises(Refused) as caught:
        await somebody(harness)
    assert caught.value.problems[0].code is ErrorCode.CONFLICT
    hashes = {each["key"]: each["input"] for each in await rows_of(harness, "answers")}
    assert hashes == {"add": b""}


async def test_an_erasure_is_answered_as_before_and_logged_once_by_ids(harness: GoalsHarness) -> None:
    person = await somebody(harness)
    await harness.do(c.RemovePerson(person=person))
    first = await erase(harness, person, "once")
    assert await erase(harness, person, "once") == first
    second = await erase(harness, person, "another")
    assert (second.ids, second.warnings, second.events) == (first.ids, first.warnings, [])
    (entry,) = await rows_of(harness, "erasures")
    assert tuple(entry) == (harness.id, person, harness.now, "person_ada")


async def test_a_dry_run_erases_nothing(harness: GoalsHarness) -> None:
    person = await somebody(harness)
    await harness.do(c.RemovePerson(person=person))
    tried = await send(harness, c.ErasePerson(person=person, dry_run=True))
    assert tried.dry_run
    assert (await names_store.name_as_of(harness.pool, harness.id, person)).person is not None
    assert await rows_of(harness, "erasures") == []


async def test_of_two_erasures_at_once_one_writes(harness: GoalsHarness) -> None:
    person = await somebody(harness)
    await harness.do(c.RemovePerson(person=person))
    done = await asyncio.gather(*(erase(harness, person) for _ in range(4)))
    assert sorted(len(each.events) for each in done) == [0, 0, 0, 1]
    assert [each.type for each in await harness.events()].count("person.erased") == 1


@pytest.mark.parametrize("round", range(5))
async def test_an_import_that_names_the_person_and_runs_meanwhile_brings_nothing_back(
    harness: GoalsHarness, database: Secret, round: int
) -> None:
    person = await somebody(harness)
    await harness.do(c.RemovePerson(person=person))

    async def imported() -> Accepted:
        await asyncio.sleep(0.01 * round)
        return await send(harness, c.ImportPlan(content=OWNED, file_name="plan.csv"), "import")

    taken, erased, again = await asyncio.gather(imported(), erase(harness, person), imported(), return_exceptions=True)
    for each in (taken, erased, again):
        assert isinstance(each, Accepted), each
    assert await places(harness, database) == set()
    assert len({row["row"] for row in await rows_of(harness, "import_rows")}) == 2


async def test_the_login_of_who_was_erased_is_free_and_its_new_holder_is_somebody_else(harness: GoalsHarness) -> None:
    person = await somebody(harness)
    await harness.do(c.RemovePerson(person=person))
    await erase(harness, person)
    new = await harness.do(c.AddPerson(name="Other", subject=SUBJECT, roles=[RoleGrant(R.VIEWER)]))
    assert new != person
    await erase(harness, person)
    found = (await names_store.name_as_of(harness.pool, harness.id, new)).person
    assert found is not None
    assert found.subject == SUBJECT


async def test_answers_to_the_next_holder_of_a_login_are_theirs(harness: GoalsHarness) -> None:
    person = await somebody(harness)
    await harness.do(c.RemovePerson(person=person))
    await harness.do(c.AddPerson(name="Other", subject=SUBJECT, roles=[RoleGrant(R.EXECUTIVE)]))
    first = await send(harness, c.PublishPurpose(statement="Be kind"), "mine", SUBJECT)
    await erase(harness, person)
    assert await send(harness, c.PublishPurpose(statement="Be kind"), "mine", SUBJECT) == first


async def test_the_login_is_erased_from_what_its_holder_did_as_an_administrator_of_the_installation(
    harness: GoalsHarness, database: Secret
) -> None:
    person = await somebody(harness)
    await harness.goals.rename(harness.id, "Globex", Login("", SUBJECT))
    await harness.do(c.RemovePerson(person=person))
    assert "installation_acts.subject" in await places(harness, database)
    await erase(harness, person)
    assert await places(harness, database) == set()
    entries = (await pages.page(harness.pool, harness.id, harness.id, 2**62, 5)).entries
    assert "a person who was erased" in entries[0].summary
