"""A database that the recorded migrations made runs none of them again, wherever their files and folders are now."""

from __future__ import annotations

import asyncpg
import pytest

from goldenthread.cli.operations.migrate import PROCESS_NAMES, migration_folders
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrate import migrate_database
from tests.contract.surface.comparing import recorded

MIGRATIONS = "CREATE TABLE migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), needs text)"

ALSO = {"goals": ["idempotency"], "notifications": ["idempotency"]}
"""The migrations that some processes share."""


def names_in_databases(process: str) -> list[str]:
    """The names in the table `migrations` of this process's databases, from the record: not from the code."""
    owned = (line.partition(": ")[0].split(" of ") for line in recorded()["migrations"])
    return [name for name, owner in owned if owner == process]


@pytest.mark.parametrize("process", PROCESS_NAMES)
async def test_a_database_of_the_recorded_migrations_runs_nothing_again(process: str, database: Secret) -> None:
    names = names_in_databases(process)
    assert {name.partition("/")[0] for name in names} == {"runtime", process, *ALSO.get(process, ())}
    connection = await asyncpg.connect(database.reveal())
    try:
        await connection.execute(MIGRATIONS)
        for each in (each for folder in migration_folders(process) for each in folder.files()):
            await connection.execute(each.sql)  # Run once more, they would fail: their tables are there.
        await connection.executemany("INSERT INTO migrations (name) VALUES ($1)", [(name,) for name in names])
        assert await migrate_database(database, migration_folders(process)) == []
        for migrate in (True, False):
            async with open_pool(database, 2, *migration_folders(process), migrate=migrate):
                assert await connection.fetchval("SELECT count(*) FROM migrations") == len(names)
    finally:
        await connection.close()
