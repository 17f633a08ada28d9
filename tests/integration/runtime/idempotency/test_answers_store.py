"""Answers under idempotency keys in PostgreSQL: kept for thirty days, moved with a login, deleted with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from goldenthread.contracts.read_api import Login
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.idempotency.answers_store import StoredAnswer
from goldenthread.runtime.idempotency.migrations import IDEMPOTENCY
from goldenthread.runtime.postgres.database import Pool, open_pool

ADA, BO = Login("https://here.example", "ada"), Login("https://there.example", "bo")
GIVEN = StoredAnswer(b"hash", b"{}", 6, 7, b"report")


@pytest.fixture
async def answers(database: Secret) -> AsyncIterator[Pool]:
    async with open_pool(database, 4, IDEMPOTENCY) as pool:
        yield pool


async def put(pool: Pool, login: Login, key: str, age: str = "0", organization: str = "org_1") -> None:
    async with pool.acquire() as connection:
        await answers_store.put_answer(connection, organization, login, key, GIVEN)
        await connection.execute("UPDATE answers SET at = now() - $1::text::interval WHERE key = $2", age, key)


async def keys(pool: Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch("SELECT actor, key FROM answers ORDER BY actor, key")
    return [(row["actor"], row["key"]) for row in rows]


async def test_what_is_put_is_found_and_nothing_else(answers: Pool) -> None:
    await put(answers, ADA, "once")
    async with answers.acquire() as connection:
        assert await answers_store.stored_answer(connection, "org_1", ADA, "once") == GIVEN
        for organization, login, key in (
            ("org_2", ADA, "once"),
            ("org_1", Login(ADA.issuer, "bo"), "once"),
            ("org_1", Login(BO.issuer, "ada"), "once"),
            ("org_1", ADA, "twice"),
        ):
            assert await answers_store.stored_answer(connection, organization, login, key) is None
    with pytest.raises(asyncpg.UniqueViolationError):
        await put(answers, ADA, "once")


async def test_promise_1_an_answer_is_kept_for_thirty_days_and_deleted_then(answers: Pool) -> None:
    for key, age in (("new", "0"), ("29", "29 days 23 hours"), ("30", "30 days 1 hour"), ("90", "90 days")):
        await put(answers, ADA, key, age)
    await answers_store.delete_expired(answers)
    assert await keys(answers) == [("ada", "29"), ("ada", "new")]


@pytest.mark.parametrize("batch", [1, 2, 5, 7, 1000])
async def test_more_old_answers_than_a_batch_are_deleted_too(answers: Pool, batch: int) -> None:
    for number in range(5):
        await put(answers, ADA, f"old {number}", "31 days")
    await put(answers, BO, "new")
    await answers_store.delete_expired(answers, batch)
    assert await keys(answers) == [("bo", "new")]


async def test_old_answers_that_somebody_works_on_are_waited_for_by_nobody(answers: Pool) -> None:
    for key in ("busy", "old", "older"):
        await put(answers, ADA, key, "31 days")
    async with answers.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE answers SET issuer = 'moved' WHERE key = 'busy'")
        async with asyncio.timeout(30):
            await answers_store.delete_expired(answers, 2)
        assert await answers.fetchval("SELECT count(*) FROM answers") == 1
    await answers_store.delete_expired(answers)
    assert await keys(answers) == []


async def test_answers_move_with_a_login_and_replace_what_the_other_one_was_answered(answers: Pool) -> None:
    for login, key, organization in ((ADA, "1", "org_1"), (ADA, "2", "org_2"), (BO, "3", "org_1")):
        await put(answers, login, key, organization=organization)
    async with answers.acquire() as connection:
        await answers_store.move_answers(connection, "org_1", ADA, BO)
        assert await keys(answers) == [("ada", "2"), ("bo", "1")]
        assert await answers_store.stored_answer(connection, "org_1", BO, "1") == GIVEN
        await answers_store.drop_answers(connection, "org_1", BO)
        assert await keys(answers) == [("ada", "2")]


async def test_an_issuer_is_given_once_to_answers_of_before_and_takes_no_place(answers: Pool) -> None:
    await put(answers, Login("", "ada"), "once")
    await put(answers, Login("", "ada"), "taken")
    await put(answers, ADA, "taken")
    for _ in range(2):
        await answers_store.set_missing_issuers(answers, ADA.issuer)
    rows = await answers.fetch("SELECT issuer, key FROM answers ORDER BY key, issuer")
    assert [tuple(row) for row in rows] == [(ADA.issuer, "once"), ("", "taken"), (ADA.issuer, "taken")]
