"""One database per service, on the embedded server or on anybody's."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import asyncpg

SERVICES = ("goals", "alignment", "notifications")


def database_url(server: str, database: str) -> str:
    """The URL of `database` on the server that `server` (a URL with any database, or none) points to."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


async def ensure_databases(server: str, names: Iterable[str]) -> None:
    """Create those of `names` that do not exist yet; existing ones are left as they are."""
    connection = await asyncpg.connect(server)
    try:
        existing = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for name in names:
            if name not in existing:
                with suppress(asyncpg.DuplicateDatabaseError):
                    await connection.execute('CREATE DATABASE "{}"'.format(name.replace('"', '""')))
    finally:
        await connection.close()
