"""Migrations: SQL files that change a database, each run once, on a connection of their own.

What an ordinary connection may take (`database_limits.py`) does not bound them: a migration of a large table, or the
wait for another process that migrates, may take hours, and would else be broken off and begun again for ever.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.database_limits import KEEPALIVES

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

log = logging.getLogger(__name__)

_LOCK = 7_031_001
_SAY_EVERY = 10.0
_SETTINGS: Mapping[str, str] = {
    **KEEPALIVES,
    "statement_timeout": "0",
    "lock_timeout": "0",
    # Between two statements lies the reading of a file: only a process that is frozen is silent for so long.
    "idle_in_transaction_session_timeout": "60s",
}


async def migrate_database(url: Secret, folders: Sequence[Path]) -> None:
    """`migrate` on a connection that is opened for it, whose statements and locks are waited for without a limit."""
    connection = await asyncpg.connect(url.reveal(), command_timeout=None, server_settings=dict(_SETTINGS))
    try:
        await migrate(connection, *folders)
    except BaseException:
        connection.terminate()
        raise
    await connection.close()


async def migrate(connection: Connection, *folders: Path, say_every: float = _SAY_EVERY) -> None:
    """Run what has not run yet of `NNNN_name.sql` in `folders`, in order: all of it, or nothing.

    Several processes may try at once: one does it, the others wait, and log that they do every `say_every` seconds.
    """
    async with connection.transaction():
        await _locked(connection, say_every)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
        )
        done = {row["name"] for row in await connection.fetch("SELECT name FROM migrations")}
        for folder in folders:
            for file in sorted(folder.glob("*.sql")):
                name = f"{folder.parent.name}/{file.name}"
                if name not in done:
                    log.info("migration %s", name)
                    await connection.execute(file.read_text(encoding="utf-8"))
                    await connection.execute("INSERT INTO migrations (name) VALUES ($1)", name)


async def _locked(connection: Connection, say_every: float) -> None:
    """Keep other processes out until the transaction ends."""
    locking = asyncio.ensure_future(connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK))
    waited = 0.0
    try:
        while not (await asyncio.wait({locking}, timeout=say_every))[0]:
            waited += say_every
            log.warning("another process migrates this database; waiting for it, %g s so far", waited)
    except asyncio.CancelledError:
        locking.cancel()
        await asyncio.wait({locking})
        raise
    await locking
