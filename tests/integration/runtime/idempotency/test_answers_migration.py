"""One shape of the table of answers, made of those that two services had, while the release before goes on."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import pytest
from msgspec import structs

from goldenthread.cli.operations.migrate import migration_folders
from goldenthread.contracts import commands as c
from goldenthread.contracts.errors import Refused
from goldenthread.contracts.read_api import Login
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.idempotency.keyed_commands import (
    EventRange,
    KeyedAnswer,
    KeyedCommand,
    earlier_answer,
    keep_answer,
)
from goldenthread.runtime.idempotency.migrations import IDEMPOTENCY
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrate import migrate_database
from goldenthread.runtime.postgres.migration_files import Migrations
from tests.integration.runtime.idempotency.release_before import GOALS, NOTIFICATIONS, ReleaseBefore

COLUMNS = """SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns
             WHERE table_name = 'answers' ORDER BY column_name"""
INDEXES = "SELECT indexname, replace(indexdef, ' ON public.', ' ON ') FROM pg_indexes WHERE tablename = 'answers'"
BOTH = pytest.mark.parametrize("before", [GOALS, NOTIFICATIONS], ids=lambda before: before.service)


def sent(before: ReleaseBefore, statement: str = "Be useful") -> KeyedCommand:
    organization, issuer, subject, key, *_ = before.row
    return KeyedCommand(organization, Login(issuer, subject), key, c.PublishPurpose(statement=statement))


async def shape(url: Secret, *folders: Migrations) -> list[Any]:
    async with open_pool(url, 2, *folders) as pool:
        return [sorted(tuple(row) for row in await pool.fetch(query)) for query in (COLUMNS, INDEXES)]


async def test_the_table_has_one_shape_whoever_made_it_and_however_often_it_is_made(postgres: Postgres) -> None:
    made: list[list[Any]] = []
    for folders in (migration_folders("goals"), migration_folders("notifications"), (IDEMPOTENCY,)):
        name = f"test_{uuid.uuid4().hex}"
        await ensure_databases(postgres.url(), [name])
        url, again = database_url(postgres.url(), name), Migrations("again", IDEMPOTENCY.folder)
        made.append(await shape(url, *folders))
        assert await migrate_database(url, [*folders, again]) == ["again/0001_answers.sql"]
        made.append(await shape(url, *folders))
    assert made == made[:1] * 6


@BOTH
async def test_promise_1_an_answer_of_the_release_before_is_replayed_after_the_upgrade(
    before: ReleaseBefore, database: Secret
) -> None:
    async with open_pool(database, 2, *before.folders) as pool:
        await pool.execute(before.put, *before.row)
        there = await pool.fetchval("SELECT to_jsonb(answers) FROM answers")
    async with open_pool(database, 2, *migration_folders(before.service)) as pool, pool.acquire() as connection:
        answer = await earlier_answer(connection, sent(before))
        kept = KeyedAnswer(Accepted(7, ["a"]))
        assert answer == (KeyedAnswer(kept.accepted, EventRange(6, 7), b"report") if before is GOALS else kept)
        with pytest.raises(Refused, match="used for another input"):
            await earlier_answer(connection, sent(before, "Be rich"))
        now = msgspec.json.decode(await connection.fetchval("SELECT to_jsonb(answers) FROM answers"))
        assert {name: now[name] for name in msgspec.json.decode(there)} == msgspec.json.decode(there)


@BOTH
async def test_promise_1_both_releases_replay_what_the_other_answers_during_a_rolling_upgrade(
    before: ReleaseBefore, database: Secret
) -> None:
    async with open_pool(database, 2, *migration_folders(before.service)) as pool, pool.acquire() as connection:
        await pool.execute(before.put, *before.row)
        answer = await earlier_answer(connection, sent(before))
        assert answer is not None
        other = structs.replace(sent(before), key="other")
        await keep_answer(connection, other, answer)
        row = await pool.fetchrow(before.get, *before.row[:3], "other")
        assert row is not None
        assert tuple(row) == before.row[4:]


@BOTH
async def test_a_process_of_the_release_before_goes_on_with_the_connections_that_it_has(
    before: ReleaseBefore, database: Secret
) -> None:
    async with open_pool(database, 2, *before.folders) as pool, pool.acquire() as connection:
        for key in ("before", "after"):
            await connection.execute(before.put, *before.row[:3], key, *before.row[4:])
            row = await connection.fetchrow(before.get, *before.row[:3], key)
            assert row is not None
            assert tuple(row) == before.row[4:]
            await migrate_database(database, migration_folders(before.service))
