"""Migrations take as long as they need, one process at a time, whatever an ordinary connection may take."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import asyncpg
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.database import open_pool
from goldenthread.runtime.database_limits import DatabaseLimits
from goldenthread.runtime.migrating import migrate, migrate_database
from tests.support.serving import eventually

SHORT = DatabaseLimits(command=0.2, lock=0.2, idle=0.2)


def folder(place: Path, sql: str) -> Path:
    made = place / "example" / "migrations"
    made.mkdir(parents=True)
    (made / "0001_example.sql").write_text(sql, encoding="utf-8")
    return made


async def test_a_migration_may_take_longer_than_a_statement_may(database: Secret, tmp_path: Path) -> None:
    slow = folder(tmp_path, "CREATE TABLE example (id int); SELECT pg_sleep(1)")
    async with open_pool(database, 2, slow, limits=SHORT) as pool:
        assert await pool.fetchval("SELECT count(*) FROM example") == 0
        with pytest.raises(TimeoutError):
            await pool.execute("SELECT pg_sleep(1)")


async def test_who_waits_for_another_process_that_migrates_goes_on_when_it_is_done(
    database: Secret, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    slow = folder(tmp_path, "CREATE TABLE example (id int)")
    other = await asyncpg.connect(database.reveal())
    mine = await asyncpg.connect(database.reveal(), server_settings={"lock_timeout": "0"})
    try:
        async with other.transaction():
            await migrate(other, slow)
            waiting = asyncio.create_task(migrate(mine, slow, say_every=0.05))
            await eventually(lambda: "waiting for it, 0.15 s so far" in caplog.text)
            assert not waiting.done()
        await asyncio.wait_for(waiting, 5)
    finally:
        await mine.close()
        await other.close()
    assert "another process migrates this database" in caplog.text


async def test_two_processes_that_start_at_once_migrate_once(
    database: Secret, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    slow = folder(tmp_path, "CREATE TABLE example (id int); SELECT pg_sleep(0.5)")
    with caplog.at_level(logging.INFO):
        await asyncio.gather(*(migrate_database(database, [slow]) for _ in range(3)))
    assert caplog.text.count("migration example/0001_example.sql") == 1


async def test_who_gives_up_waiting_leaves_nothing_behind(database: Secret, tmp_path: Path) -> None:
    slow = folder(tmp_path, "CREATE TABLE example (id int)")
    other = await asyncpg.connect(database.reveal())
    try:
        async with other.transaction():
            await migrate(other, slow)
            waiting = asyncio.create_task(migrate_database(database, [slow]))
            locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            await eventually(lambda: other.fetchval(locks))
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await eventually(lambda: _none(other, locks))
    finally:
        await other.close()


async def _none(connection: asyncpg.Connection, query: str) -> bool:
    return not await connection.fetchval(query)


async def test_the_connection_that_migrates_has_no_limit_but_notices_a_dead_client(
    database: Secret, tmp_path: Path
) -> None:
    names = ("lock_timeout", "statement_timeout", "tcp_keepalives_idle", "tcp_user_timeout")
    shown = "; ".join(f"INSERT INTO shown SELECT '{name}', current_setting('{name}')" for name in names)
    asked = folder(tmp_path, f"CREATE TABLE shown (name text, value text); {shown}")
    async with open_pool(database, 2, asked) as pool:
        found = {row["name"]: row["value"] for row in await pool.fetch("SELECT name, value FROM shown")}
    assert found == dict(zip(names, ("0", "0", "5", "11000"), strict=True))
