"""Migrations take as long as they need, one process at a time, and hold up nobody who needs the same tables."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrate import MigrationFailed, Patience, migrate_database
from goldenthread.runtime.postgres.migration_files import Migrations
from goldenthread.runtime.postgres.migrations import SHARED
from goldenthread.runtime.postgres.schema_version import OtherDatabase, SchemaBehind, SchemaNewer
from services.goals.migrations import MIGRATIONS
from tests.support.asgi_server import eventually
from tests.unit.runtime.postgres.earlier_marks import BEFORE_MARKS

SHORT = DatabaseLimits(command=1.0, lock=1.0, idle=1.0)
HURRIED = Patience(lock=0.1, pause=0.05, most=0.1, say_every=0.05)
ADVISORY = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND datname = current_database()
"""
LOCK, UNLOCK = "SELECT pg_advisory_lock(7031001)", "SELECT pg_advisory_unlock(7031001)"


def folder(place: Path, *files: str) -> Migrations:
    for number, sql in enumerate(files, 1):
        (place / f"{number:04}_example.sql").write_text(sql, encoding="utf-8")
    return Migrations("example", place)


@asynccontextmanager
async def connected(database: Secret) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.reveal())
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_migration_may_take_longer_than_a_statement_may(database: Secret, tmp_path: Path) -> None:
    slow = folder(tmp_path, "CREATE TABLE example (id int); SELECT pg_sleep(2)")
    async with open_pool(database, 2, slow, limits=SHORT) as pool:
        assert await pool.fetchval("SELECT count(*) FROM example") == 0
        with pytest.raises(TimeoutError):
            await pool.execute("SELECT pg_sleep(30)")


async def test_who_waits_for_another_process_that_migrates_goes_on_when_it_is_done(
    database: Secret, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(database) as other:
        await other.execute(LOCK)
        waiting = asyncio.create_task(
            migrate_database(database, [folder(tmp_path, "CREATE TABLE example ()")], HURRIED)
        )
        await eventually(lambda: caplog.text.count("another process migrates this database; waiting for it") > 1)
        assert not waiting.done()
        await other.execute(UNLOCK)
        assert await asyncio.wait_for(waiting, 30) == ["example/0001_example.sql"]
        await eventually(lambda: _is(other, ADVISORY, 0))


async def test_who_has_nothing_to_migrate_waits_for_nobody_who_does(database: Secret, tmp_path: Path) -> None:
    same = folder(tmp_path, "CREATE TABLE example ()")
    await migrate_database(database, [same])
    async with connected(database) as other:
        await other.execute(LOCK)
        assert await asyncio.wait_for(migrate_database(database, [same]), 30) == []


async def test_two_processes_that_start_at_once_migrate_once(
    database: Secret, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    slow = folder(tmp_path, "CREATE TABLE example (id int); SELECT pg_sleep(0.5)")
    with caplog.at_level(logging.INFO):
        await asyncio.gather(*(migrate_database(database, [slow]) for _ in range(3)))
    assert caplog.text.count("migration example/0001_example.sql") == 1


async def test_who_gives_up_waiting_or_migrating_leaves_nothing_behind(
    database: Secret, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    slow = folder(tmp_path, "CREATE TABLE example (id int)", "SELECT pg_sleep(3600)")
    async with connected(database) as other:
        working = asyncio.create_task(migrate_database(database, [slow], HURRIED))
        await eventually(lambda: "0002_example.sql runs" in caplog.text)
        waiting = asyncio.create_task(migrate_database(database, [slow], HURRIED))
        await eventually(lambda: "another process migrates" in caplog.text)
        for task in (waiting, working):
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await eventually(lambda: _is(other, ADVISORY, 0))
        assert await other.fetchval("SELECT array_agg(name) FROM migrations") == ["example/0001_example.sql"]


async def test_a_migration_that_waits_for_a_lock_lets_others_go_first(
    database: Secret, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Behind a migration that waits with ACCESS EXCLUSIVE everybody would wait who reads the table."""
    await migrate_database(database, [folder(tmp_path, "CREATE TABLE example (id int)")])
    async with connected(database) as reader, connected(database) as other:
        async with reader.transaction():
            await reader.fetch("SELECT * FROM example")
            altered = folder(tmp_path, "", "ALTER TABLE example ADD COLUMN more int")
            migrating = asyncio.create_task(migrate_database(database, [altered], HURRIED))
            await eventually(lambda: caplog.text.count("0002_example.sql waits for a lock that others hold") > 2)
            assert f"the oldest transaction, of process {reader.get_server_pid()}, has run for" in caplog.text
            for _ in range(5):
                await asyncio.wait_for(other.fetch("SELECT * FROM example"), 30)
            assert not migrating.done()
        assert await asyncio.wait_for(migrating, 30) == ["example/0002_example.sql"]


async def test_a_migration_that_is_refused_is_taken_back_alone_and_runs_when_it_is_mended(
    database: Secret, tmp_path: Path
) -> None:
    broken = folder(tmp_path, "CREATE TABLE example (id int)", "CREATE TABLE more (); SELECT 1 / 0", "SELECT 1")
    for _ in range(2):
        with pytest.raises(MigrationFailed, match=r"refused migration example/0002_example\.sql: division by zero"):
            await migrate_database(database, [broken])
    async with connected(database) as connection:
        assert await connection.fetchval("SELECT array_agg(name) FROM migrations") == ["example/0001_example.sql"]
        assert await connection.fetchval("SELECT to_regclass('more')") is None
    mended = folder(tmp_path, "", "CREATE TABLE more ()")
    assert await migrate_database(database, [mended]) == ["example/0002_example.sql", "example/0003_example.sql"]


ROWS = "CREATE TABLE example (id int); INSERT INTO example VALUES (1), (1)"
UNIQUE = "-- expand\nCREATE UNIQUE INDEX CONCURRENTLY example_id ON example (id);\n"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('example_id')"


async def test_an_index_is_created_while_the_table_is_written_to(database: Secret, tmp_path: Path) -> None:
    await migrate_database(database, [folder(tmp_path, "CREATE TABLE example (id int)")])
    async with connected(database) as writer, connected(database) as watching:
        begun = writer.transaction()
        await begun.start()
        await writer.execute("INSERT INTO example VALUES (1)")
        creating = asyncio.create_task(migrate_database(database, [folder(tmp_path, "", UNIQUE)], HURRIED))
        await eventually(lambda: _is(watching, VALID, False))
        await asyncio.wait_for(writer.execute("INSERT INTO example VALUES (2)"), 30)
        await begun.commit()
        assert await asyncio.wait_for(creating, 30) == ["example/0002_example.sql"]
        assert await watching.fetchval(VALID) is True


async def test_an_index_that_failed_half_way_is_not_taken_for_one_that_is_there(
    database: Secret, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(MigrationFailed, match="could not create unique index"):
        await migrate_database(database, [folder(tmp_path, ROWS, UNIQUE)])
    async with connected(database) as connection:
        assert await connection.fetchval(VALID) is False
        await connection.execute("DELETE FROM example WHERE ctid = (SELECT min(ctid) FROM example)")
        assert await migrate_database(database, [folder(tmp_path, ROWS, UNIQUE)]) == ["example/0002_example.sql"]
        assert await connection.fetchval(VALID) is True
    assert "index example_id is invalid" in caplog.text


async def test_who_died_between_an_index_and_its_record_goes_on_behind_it(database: Secret, tmp_path: Path) -> None:
    dropped = "-- contract, needs 0003_example.sql\nDROP INDEX CONCURRENTLY example_id"
    await migrate_database(database, [folder(tmp_path, "CREATE TABLE example (id int)", UNIQUE, dropped)])
    async with connected(database) as connection:
        assert await connection.fetchval("SELECT to_regclass('example_id')") is None
        await connection.execute("DELETE FROM migrations WHERE name = 'example/0003_example.sql'")
        assert await migrate_database(database, [folder(tmp_path)]) == ["example/0003_example.sql"]
        await connection.execute("CREATE UNIQUE INDEX example_id ON example (id)")
        await connection.execute("DELETE FROM migrations WHERE name = 'example/0002_example.sql'")
        assert await migrate_database(database, [folder(tmp_path)]) == ["example/0002_example.sql"]


async def test_two_processes_that_create_an_index_at_once_do_not_wait_for_each_other(
    database: Secret, tmp_path: Path
) -> None:
    """Who waits for the lock in a statement has an old snapshot, for whose end CONCURRENTLY waits."""
    both = folder(tmp_path, "CREATE TABLE example (id int)", "SELECT pg_sleep(0.5)", UNIQUE)
    done = await asyncio.wait_for(asyncio.gather(*(migrate_database(database, [both]) for _ in range(3))), 60)
    assert sorted(map(len, done)) == [0, 0, 3]


async def test_a_database_of_the_release_before_marks_runs_nothing_again(database: Secret) -> None:
    async with connected(database) as connection:
        await connection.execute(
            "CREATE TABLE migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
        )
        before = [each for of in (SHARED, MIGRATIONS) for each in of.files() if each.name in BEFORE_MARKS]
        for each in before:  # Run once more, they would fail: their tables are there.
            await connection.execute(each.sql)
        names = [(each.name,) for each in before]
        await connection.executemany("INSERT INTO migrations (name) VALUES ($1)", names)
        async with (
            open_pool(database, 2, SHARED, MIGRATIONS),
            open_pool(database, 2, SHARED, MIGRATIONS, migrate=False),
        ):
            ran = await connection.fetchval("SELECT count(*) FROM migrations")
            assert ran == sum(len(each.files()) for each in (SHARED, MIGRATIONS))


async def test_a_newer_migration_is_marked_in_a_database_of_the_release_before_marks(
    database: Secret, tmp_path: Path
) -> None:
    async with connected(database) as connection:
        await connection.execute("CREATE TABLE migrations (name text PRIMARY KEY, at timestamptz DEFAULT now())")
        await connection.execute("INSERT INTO migrations (name) VALUES ('example/0001_example.sql')")
        newer = folder(tmp_path, "SELECT 1", "-- contract, needs 0001_example.sql\nSELECT 1")
        assert await migrate_database(database, [newer]) == ["example/0002_example.sql"]
        needs = await connection.fetchval("SELECT needs FROM migrations WHERE name = 'example/0002_example.sql'")
        assert needs == "example/0001_example.sql"


async def test_yesterdays_code_runs_until_a_migration_took_away_what_it_needs(database: Secret, tmp_path: Path) -> None:
    for name in ("yesterday", "today"):
        (tmp_path / name).mkdir()
    first, expand = "CREATE TABLE example (id int, old int)", "-- expand\nALTER TABLE example ADD COLUMN new int"
    contract = "-- contract, needs 0002_example.sql\nALTER TABLE example DROP COLUMN old"
    yesterday = folder(tmp_path / "yesterday", first)
    await migrate_database(database, [folder(tmp_path / "today", first, expand)])
    for migrate in (True, False):
        async with open_pool(database, 2, yesterday, migrate=migrate) as pool:
            assert await pool.fetch("SELECT old FROM example") == []
    today = folder(tmp_path / "today", first, expand, contract)
    await migrate_database(database, [today])
    for migrate in (True, False):
        with pytest.raises(SchemaNewer, match=r"0003_example\.sql ran there, .* knows example/0002_example\.sql"):
            async with open_pool(database, 2, yesterday, migrate=migrate):
                pass
    async with open_pool(database, 2, folder(tmp_path / "yesterday", first, expand), migrate=False):
        pass  # the release between needs nothing that is gone


async def test_a_process_that_must_not_migrate_says_what_has_to_be_run_and_changes_nothing(
    database: Secret, tmp_path: Path
) -> None:
    some = folder(tmp_path, *["SELECT 1"] * 5)
    said = r"0001_example.sql, .*0003_example.sql and 2 more did not run.* run `goldenthread migrate example`"
    async with connected(database) as connection:
        with pytest.raises(SchemaBehind, match=said):
            async with open_pool(database, 2, some, migrate=False):
                pass
        assert await connection.fetchval("SELECT to_regclass('migrations')") is None
        await migrate_database(database, [some])
        async with open_pool(database, 2, some, migrate=False) as pool:
            assert await pool.fetchval("SELECT 1") == 1


async def test_nothing_runs_in_the_database_of_another_process(database: Secret, tmp_path: Path) -> None:
    await migrate_database(database, [SHARED, MIGRATIONS])
    for migrate in (True, False):
        with pytest.raises(OtherDatabase, match="this is the database of goals, not of example"):
            async with open_pool(database, 2, SHARED, folder(tmp_path, "SELECT 1"), migrate=migrate):
                pass


async def test_the_connection_that_migrates_has_no_limit_but_notices_a_dead_client(
    database: Secret, tmp_path: Path
) -> None:
    names = ("lock_timeout", "statement_timeout", "tcp_keepalives_idle", "client_connection_check_interval")
    shown = "; ".join(f"INSERT INTO shown SELECT '{name}', current_setting('{name}')" for name in names)
    asked = folder(tmp_path, f"CREATE TABLE shown (name text, value text); {shown}")
    async with open_pool(database, 2, asked) as pool:
        found = {row["name"]: row["value"] for row in await pool.fetch("SELECT name, value FROM shown")}
    assert found == dict(zip(names, ("2s", "0", "5", "5s"), strict=True))


async def _is(connection: asyncpg.Connection, query: str, value: object) -> bool:
    return bool(await connection.fetchval(query) == value)
