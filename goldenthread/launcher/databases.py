"""One database per service, on the embedded server or on anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from goldenthread.launcher.errors import LaunchError


def database_url(server: str, database: str) -> str:
    """The URL of `database` on the server that `server` (a URL with any database, or none) points to."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


async def ensure_databases(server: str, names: Sequence[str]) -> None:
    """Create those of `names` that do not exist yet; existing ones are left as they are."""
    try:
        await _create_missing(server, names)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        where = urlsplit(server).netloc.rpartition("@")[2]
        raise LaunchError(f"the databases {', '.join(names)} cannot be made ready on {where}: {error}") from error


async def _create_missing(server: str, names: Sequence[str]) -> None:
    connection = await asyncpg.connect(server)
    try:
        existing = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for name in names:
            if name not in existing:
                with suppress(asyncpg.DuplicateDatabaseError):
                    await connection.execute('CREATE DATABASE "{}"'.format(name.replace('"', '""')))
    finally:
        await connection.close()
