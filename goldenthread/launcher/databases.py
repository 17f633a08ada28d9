"""One database per service, on the embedded server or on anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.errors import LaunchError
from goldenthread.runtime.configuration import dsn


def database_url(server: Secret, database: str) -> Secret:
    """The URL of `database` on the server that `server` (a URL with any database, or none) points to."""
    return Secret(urlunsplit(urlsplit(server.reveal())._replace(path=f"/{database}")))


async def ensure_databases(server: Secret, names: Sequence[str]) -> None:
    """Create those of `names` that do not exist yet; existing ones are left as they are. LaunchError says no secret."""
    if (problem := dsn.problem(server)) is not None:
        raise LaunchError(f"the URL of PostgreSQL cannot be used: {problem}")
    try:
        await _create_missing(server, names)
    except (OSError, TimeoutError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        where = urlsplit(server.reveal()).netloc.rpartition("@")[2]
        raise LaunchError(f"the databases {', '.join(names)} cannot be made ready on {where}: {error}") from error


async def _create_missing(server: Secret, names: Sequence[str]) -> None:
    connection = await asyncpg.connect(server.reveal())
    try:
        existing = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for name in names:
            if name not in existing:
                with suppress(asyncpg.DuplicateDatabaseError):
                    await connection.execute('CREATE DATABASE "{}"'.format(name.replace('"', '""')))
    finally:
        await connection.close()
