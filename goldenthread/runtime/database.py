"""PostgreSQL: the pool and the migrations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

Pool = asyncpg.Pool
Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

_MIGRATION_LOCK = 7_031_001
SHARED = Path(__file__).parent / "migrations"


@asynccontextmanager
async def open_pool(url: str, size: int, *migrations: Path, derived: bool = False) -> AsyncIterator[Pool]:
    """A pool on a migrated database. `migrations` are folders of `NNNN_name.sql`, each file run once, in order.

    Where everything in it is `derived`, a commit does not wait for the disk: what a crash of the database takes back,
    at most the last moments and always whole transactions, is derived again, and the same.
    """
    settings = {"synchronous_commit": "off"} if derived else {}
    pool = await asyncpg.create_pool(url, min_size=1, max_size=size, command_timeout=60, server_settings=settings)
    try:
        async with pool.acquire() as connection:
            await migrate(connection, *migrations)
        yield pool
    finally:
        await pool.close()


async def migrate(connection: Connection, *folders: Path) -> None:
    """Run what has not run yet; several processes may try at once, one does it."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _MIGRATION_LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
        )
        done = {row["name"] for row in await connection.fetch("SELECT name FROM migrations")}
        for folder in folders:
            for file in sorted(folder.glob("*.sql")):
                name = f"{folder.parent.name}/{file.name}"
                if name not in done:
                    await connection.execute(file.read_text(encoding="utf-8"))
                    await connection.execute("INSERT INTO migrations (name) VALUES ($1)", name)
