"""Writes in one round trip, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import Pool, Write, open_pool, read_snapshot, write_all


async def test_several_writes_are_one_statement_each_with_its_own_arguments(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("CREATE TEMP TABLE one (organization text, number int) ON COMMIT DROP")
        await connection.execute("CREATE TEMP TABLE two (organization text, a text, b int) ON COMMIT DROP")
        writes = [
            Write("INSERT INTO one SELECT $1, unnest($2::int[])", [[7, 8]]),
            Write("INSERT INTO two SELECT $1, * FROM unnest($2::text[], $3::int[])", [["x", "y"], [1, 2]]),
            Write("INSERT INTO one SELECT $1, $2::int + 10", [10]),
        ]
        await write_all(connection, "org_1", writes)
        one = await connection.fetch("SELECT * FROM one ORDER BY number")
        two = await connection.fetch("SELECT * FROM two ORDER BY a")
    assert [tuple(row) for row in one] == [("org_1", 7), ("org_1", 8), ("org_1", 20)]
    assert [tuple(row) for row in two] == [("org_1", "x", 1), ("org_1", "y", 2)]


async def test_nothing_to_write_is_nothing_sent(pool: Pool) -> None:
    async with pool.acquire() as connection:
        await write_all(connection, "org_1", [])
        with pytest.raises(Exception, match="no_such_table"):
            await write_all(connection, "org_1", [Write("INSERT INTO no_such_table VALUES ($1)", [])])


@pytest.mark.parametrize("derived", [True, False])
@pytest.mark.parametrize("answers", range(4))
async def test_who_is_cancelled_between_two_answers_of_the_database_leaves_its_connection_usable(
    empty_database: Secret, derived: bool, answers: int
) -> None:
    """Also between the preparation of a statement and its execution, where PostgreSQL is inside a transaction."""
    async with open_pool(empty_database, 1, derived=derived) as pool:
        await pool.execute("CREATE TABLE t (b bigint)")
        task = asyncio.create_task(pool.fetchval("SELECT count(*) FROM t WHERE b > $1", 5))
        await _answered(task, answers)
        task.cancel()
        await asyncio.wait([task])
        async with read_snapshot(pool) as connection:
            assert await connection.fetchval("SELECT count(*) FROM t") == 0


async def _answered(task: asyncio.Task[Any], answers: int) -> None:
    """Returns when what a task waits for has come so many times, and it has not gone on yet; or when it has ended."""
    seen: list[Any] = []
    while not task.done() and len(seen) <= answers:
        waited = getattr(task, "_fut_waiter", None)
        if waited is not None and waited.done() and waited not in seen:
            seen.append(waited)
            if len(seen) > answers:
                return
        await asyncio.sleep(0)
