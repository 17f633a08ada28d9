"""Writes in one round trip, on a real PostgreSQL."""

from __future__ import annotations

import pytest

from goldenthread.runtime.postgres.database import Pool, Write, write_all


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
