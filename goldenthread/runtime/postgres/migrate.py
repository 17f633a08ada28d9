"""Migrations: SQL files that change a database, each run once, on a connection of their own.

What an ordinary connection may take (`database_limits.py`) does not bound them: a migration of a large table, or the
wait for another process that migrates, may take hours, and would else be broken off and begun again for ever.

A lock is waited for briefly, and asked for again later: PostgreSQL lets everybody who needs the table queue up behind a
migration that waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import NamedTuple, TypeVar

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.database_limits import CONNECT_SECONDS, KEEPALIVES, milliseconds
from goldenthread.runtime.observability.failures import is_away
from goldenthread.runtime.observability.repeated_lines import ALWAYS
from goldenthread.runtime.postgres.migration_files import ConcurrentIndex, Migration, Migrations
from goldenthread.runtime.postgres.schema_version import Connection, SchemaError, pending, read_ran, refuse

T = TypeVar("T")

log = logging.getLogger(__name__)

_LOCK = 7_031_001
_SETTINGS: Mapping[str, str] = {
    **KEEPALIVES,
    "statement_timeout": "0",
    "lock_timeout": "0",
    # Between two statements lies the reading of a file: only a process that is frozen is silent for so long.
    "idle_in_transaction_session_timeout": "60s",
    # A statement whose client is gone ends, and with it the lock that keeps others from migrating.
    "client_connection_check_interval": "5s",
}
_TABLE = """
    CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), needs text)
"""
_MARKS = "ALTER TABLE migrations ADD COLUMN IF NOT EXISTS needs text"
_HAS_MARKS = "SELECT true FROM pg_attribute WHERE attrelid = to_regclass('migrations') AND attname = 'needs'"
_UNLOCK = "SELECT pg_advisory_unlock($1)"
_OLDEST = """
    SELECT pid, extract(epoch FROM now() - xact_start)::float AS seconds FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    ORDER BY xact_start LIMIT 1
"""


class MigrationFailed(SchemaError):
    """PostgreSQL refused a migration. Nothing of it is left, except an invalid index where it was to create one."""


class Patience(NamedTuple):
    """How migrations wait, in seconds."""

    lock: float = 2.0
    """For a lock: so long everybody else who needs the table may wait, too."""
    pause: float = 2.0
    """Before it is asked for again; doubled up to `most`."""
    most: float = 30.0
    say_every: float = 10.0
    """Between two lines of the log, while something takes long."""


async def migrate_database(url: Secret, folders: Sequence[Migrations], patience: Patience = Patience()) -> list[str]:
    """`migrate` on a connection that is opened for it, whose statements take as long as they must."""
    connection = await asyncpg.connect(
        url.reveal(), timeout=CONNECT_SECONDS, command_timeout=None, server_settings=dict(_SETTINGS)
    )
    try:
        ran = await migrate(connection, *folders, patience=patience)
    except BaseException:
        connection.terminate()
        raise
    await connection.close()
    return ran


async def migrate(connection: Connection, *folders: Migrations, patience: Patience = Patience()) -> list[str]:
    """Run what has not run yet of `folders`, in order, each migration in a transaction; say what ran.

    Several processes may try at once: one does it, the others wait, and log that they do. Raises SchemaError where this
    code must not work on the database, or where PostgreSQL refuses a migration: those before it stay.
    """
    if await _nothing_to_do(connection, folders):
        return []
    async with _locked(connection, patience):
        ran = await read_ran(connection)
        refuse(ran, folders)
        await connection.execute(_TABLE)
        if not await connection.fetchval(_HAS_MARKS):
            await _patiently(connection, "the table of migrations", _MARKS, patience)
        found = pending(ran, folders)
        for migration in found:
            await _run(connection, migration, patience)
        return [each.name for each in found]


async def _nothing_to_do(connection: Connection, folders: Sequence[Migrations]) -> bool:
    """So that a process which starts while another migrates waits only for what it needs itself."""
    ran = await read_ran(connection)
    refuse(ran, folders)
    return not pending(ran, folders)


@asynccontextmanager
async def _locked(connection: Connection, patience: Patience) -> AsyncIterator[None]:
    """Keep other processes out. The lock is asked for again and again: a statement that waits for it would have an old
    snapshot, for whose end CREATE INDEX CONCURRENTLY waits, which may be what the other process runs.

    Whoever cancels this ends the connection, and so gives the lock back.
    """
    begun, said = monotonic(), 0.0
    while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
        await asyncio.sleep(min(0.5, patience.say_every / 4))
        if (waited := monotonic() - begun) - said >= patience.say_every:
            said = waited
            log.warning("another process migrates this database; waiting for it, %.3g s so far", waited)
    try:
        yield
    except Exception:
        if not connection.is_closed():
            await connection.execute(_UNLOCK, _LOCK)
        raise
    await connection.execute(_UNLOCK, _LOCK)


async def _run(connection: Connection, migration: Migration, patience: Patience) -> None:
    log.info("migration %s", migration.name, extra=ALWAYS)
    try:
        if migration.concurrent is None:
            await _patiently(connection, f"migration {migration.name}", migration.sql, patience, migration)
        else:
            await _index(connection, migration, migration.concurrent, patience)
            await _record(connection, migration)
    except asyncpg.PostgresError as error:
        if is_away(error):
            raise
        raise MigrationFailed(f"PostgreSQL refused migration {migration.name}: {error.args[0]}") from error


async def _patiently(
    connection: Connection, what: str, sql: str, patience: Patience, migration: Migration | None = None
) -> None:
    """Execute `sql` in one transaction with the record of `migration`; again until nobody holds a lock it needs."""
    pause = patience.pause
    while True:
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = {milliseconds(patience.lock)}")
                await _told(connection.execute(sql), f"{what} runs", patience)
                if migration is not None:
                    await _record(connection, migration)
                return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            oldest = await connection.fetchrow(_OLDEST)
            held = f" (the oldest transaction, of process {oldest[0]}, has run for {oldest[1]:.0f} s)" if oldest else ""
            log.warning("%s waits for a lock that others hold%s; trying again in %g s", what, held, pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, patience.most)


async def _record(connection: Connection, migration: Migration) -> None:
    await connection.execute("INSERT INTO migrations (name, needs) VALUES ($1, $2)", migration.name, migration.needs)


async def _index(connection: Connection, migration: Migration, index: ConcurrentIndex, patience: Patience) -> None:
    """Create or drop an index outside a transaction. An attempt that failed leaves an index that is invalid, which
    nothing uses and every write keeps up: it is dropped first.
    """
    valid = await connection.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", index.name)
    if index.created and valid is False:
        log.warning("index %s is invalid, of an attempt that failed; it is dropped and created again", index.name)
        await _told(connection.execute(f"DROP INDEX CONCURRENTLY {index.name}"), f"dropping {index.name}", patience)
    if index.created is not (valid is True):
        await _told(connection.execute(migration.sql), f"migration {migration.name} runs", patience)


async def _told(work: Awaitable[T], what: str, patience: Patience) -> T:
    """Wait for `work`, and log every few seconds how long it has taken."""
    working, begun = asyncio.ensure_future(work), monotonic()
    try:
        while not (await asyncio.wait({working}, timeout=patience.say_every))[0]:
            log.warning("%s, %.0f s so far", what, monotonic() - begun)
    except asyncio.CancelledError:
        working.cancel()
        await asyncio.wait({working})
        raise
    return await working
