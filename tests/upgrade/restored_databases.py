"""The databases of the release before, from their dumps."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import uuid
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.postgres_location import installed
from tests.upgrade.release import DATABASES, FOLDER, read


async def restored(server: Postgres, folder: Path = FOLDER) -> dict[str, Secret]:
    """New databases with what the dumps have, by process.

    Answers under idempotency keys are kept for 30 days; those in the dump are given the age that they had then.
    """
    names = {name: f"upgrade_{name}_{uuid.uuid4().hex}" for name in DATABASES}
    await ensure_databases(server.url(), list(names.values()))
    urls = {name: database_url(server.url(), database) for name, database in names.items()}
    for name, url in urls.items():
        await asyncio.to_thread(_restore, folder / f"{name}.sql.gz", url)
    for name in ("goals", "notifications"):
        connection = await asyncpg.connect(urls[name].reveal())
        try:
            await connection.execute("UPDATE public.answers SET at = at + $1", datetime.now(UTC) - read(folder).made)
        finally:
            await connection.close()
    return urls


def _restore(file: Path, database: Secret) -> None:
    options = ("--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction")
    psql = (installed() / "bin" / "psql", *options, "--dbname", database.reveal())
    done = subprocess.run(psql, input=gzip.decompress(file.read_bytes()), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
