"""Databases for tests: an empty one, or a copy of one in which migrations have run, which takes a third of the time."""

from __future__ import annotations

import uuid

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migration_files import Migrations


async def stop_syncing(server: Postgres) -> None:
    """From now on a commit does not wait for the disk. What was committed survives the end of the server all the same,
    not that of the machine.
    """
    connection = await asyncpg.connect(server.url().reveal())
    try:
        for setting in ("fsync", "full_page_writes"):
            await connection.execute(f"ALTER SYSTEM SET {setting} = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


class DatabaseTemplates:
    """Makes databases on `server`, each for one test."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._templates: dict[tuple[Migrations, ...], str] = {}

    async def empty(self) -> Secret:
        """The URL of an empty database."""
        name = f"test_{uuid.uuid4().hex}"
        await ensure_databases(self._server.url(), [name])
        return database_url(self._server.url(), name)

    async def migrated(self, *migrations: Migrations) -> Secret:
        """The URL of a database in which these have run and nothing else has happened."""
        template = self._templates.get(migrations) or await self._template(migrations)
        name = f"test_{uuid.uuid4().hex}"
        connection = await asyncpg.connect(self._server.url().reveal())
        try:
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        finally:
            await connection.close()
        return database_url(self._server.url(), name)

    async def _template(self, migrations: tuple[Migrations, ...]) -> str:
        name = f"template_{uuid.uuid4().hex}"
        await ensure_databases(self._server.url(), [name])
        async with open_pool(database_url(self._server.url(), name), 1, *migrations):
            self._templates[migrations] = name
        return name
