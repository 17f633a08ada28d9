"""A login is (issuer, subject): the same subject of another issuer is somebody else, and an issuer moves nobody."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import RoleGrant
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.contracts.read_api import Login
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.idempotent_answers import ReceivedCommand
from services.goals.migrations import MIGRATIONS
from services.goals.stores import names_store
from tests.integration.goals.goals_harness import GoalsHarness

HERE, THERE = "https://here.example", "https://there.example"


async def send(harness: GoalsHarness, command: c.AnyCommand, login: Login, key: str | None = None) -> Accepted:
    caller = Caller(login.subject, harness.id, False, Secret(""), issuer=login.issuer)
    return await harness.goals.command(ReceivedCommand(caller, harness.id, command, key))


async def add(harness: GoalsHarness, login: Login, **more: str) -> str:
    command = c.AddPerson(name="Rita", subject=login.subject, roles=[RoleGrant(R.EXECUTIVE)], **more)
    return (await send(harness, command, Login(HERE, "ada"))).ids[0]


@pytest.fixture
async def here(harness: GoalsHarness) -> GoalsHarness:
    """The harness, of an installation whose issuer is `HERE`."""
    harness.goals.issuer = HERE
    await names_store.set_missing_issuers(harness.pool, HERE)
    return harness


async def test_the_same_subject_of_two_issuers_is_two_people(here: GoalsHarness) -> None:
    one = await add(here, Login(HERE, "rita"))
    two = await add(here, Login(THERE, "rita"), issuer=f" {THERE}/ ")
    assert await names_store.person_of(here.pool, here.id, Login(HERE, "rita")) == one
    assert await names_store.person_of(here.pool, here.id, Login(THERE, "rita")) == two
    with pytest.raises(Refused) as taken:
        await add(here, Login(THERE, "rita"), issuer=THERE)
    assert taken.value.problems[0].code is ErrorCode.CONFLICT


async def test_a_key_is_of_one_login_and_answers_nobody_elses(here: GoalsHarness) -> None:
    await add(here, Login(HERE, "rita"))
    await add(here, Login(THERE, "rita"), issuer=THERE)
    purpose = c.PublishPurpose(statement="Be useful")
    first = await send(here, purpose, Login(HERE, "rita"), "once")
    assert await send(here, purpose, Login(HERE, "rita"), "once") == first
    other = await send(here, c.PublishPurpose(statement="Be kind", expected_version=1), Login(THERE, "rita"), "once")
    assert other.revision > first.revision


async def test_another_issuer_signs_in_nobody_who_was_here_before(here: GoalsHarness) -> None:
    await names_store.set_missing_issuers(here.pool, THERE)
    with pytest.raises(Refused) as refused:
        await send(here, c.PublishPurpose(statement="x"), Login(THERE, "ada"))
    assert refused.value.problems[0].code is ErrorCode.FORBIDDEN


async def test_logins_and_keys_of_before_are_those_of_the_issuer_there_is(
    empty_database: Secret, tmp_path: Path
) -> None:
    before = MIGRATIONS._replace(folder=tmp_path, then=())
    for file in ("0001_goals.sql", "0002_subjects.sql"):
        shutil.copy(MIGRATIONS.folder / file, tmp_path)
    async with open_pool(empty_database, 4, SHARED, before) as pool:
        await pool.execute("INSERT INTO names VALUES ('org_1', 'person_1', 'ada', 'Ada', NULL)")
        await pool.execute("INSERT INTO answers VALUES ('org_1', 'ada', 'once', '\\x01', '{}', 1, 1)")
    async with open_pool(empty_database, 4, SHARED, MIGRATIONS) as pool:
        for issuer in (HERE, THERE):
            await names_store.set_missing_issuers(pool, issuer)
        assert await names_store.person_of(pool, "org_1", Login(HERE, "ada")) == "person_1"
        assert await names_store.person_of(pool, "org_1", Login(THERE, "ada")) is None
        async with pool.acquire() as connection:
            assert (
                await answers_store.stored_answer(connection, "org_1", Login(HERE, "ada"), "once") or None
            ) is not None
            assert await answers_store.stored_answer(connection, "org_1", Login(THERE, "ada"), "once") is None
