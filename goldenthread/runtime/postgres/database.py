"""PostgreSQL: the pool, what its connections may take, and writes in one round trip."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration import dsn
from goldenthread.runtime.configuration.database_limits import CONNECT_SECONDS, KEEPALIVES, DatabaseLimits, milliseconds
from goldenthread.runtime.observability.start_progress import waiting_for
from goldenthread.runtime.postgres.migrate import migrate_database
from goldenthread.runtime.postgres.migration_files import Migrations
from goldenthread.runtime.postgres.pool_metrics import pool_measured
from goldenthread.runtime.postgres.schema_version import require_migrated

Pool = asyncpg.Pool
Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy

_PAUSE = 150.0
"""Seconds for which a transaction that only reads may be idle; snapshots are cut off before (`snapshots.SECONDS`)."""
_UNHURRIED = 86_400.0
"""Seconds that a start may take for one statement."""
UNLIMITED_TRANSACTION = """SELECT set_config('transaction_timeout', '0', true)
    WHERE current_setting('transaction_timeout', true) IS NOT NULL"""
"""A statement: this transaction may take as long as it must. PostgreSQL before 17 has no such limit."""
_HAS_TRANSACTION_LIMIT = "SELECT current_setting('transaction_timeout', true) IS NOT NULL"
_ARGUMENT = re.compile(r"\$(\d+)")


@asynccontextmanager
async def open_pool(
    url: Secret,
    size: int,
    *migrations: Migrations,
    derived: bool = False,
    limits: DatabaseLimits | None = None,
    migrate: bool = True,
) -> AsyncIterator[Pool]:
    """A pool on a database in which `migrations` ran, each once, in order. Without `migrate` they are run by others:
    SchemaBehind is raised until they are. SchemaError says that this code must not work on the database.

    Where everything in it is `derived`, a commit does not wait for the disk: what a crash of the database takes back,
    at most the last moments and always whole transactions, is derived again, and the same.
    """
    limits = limits or DatabaseLimits()
    with waiting_for("database", f"PostgreSQL ({dsn.where(url)})"):
        if migrate:
            await migrate_database(url, migrations)
        else:
            await require_migrated(url, migrations)
        pool = await asyncpg.create_pool(
            url.reveal(),
            timeout=CONNECT_SECONDS,
            min_size=1,
            max_size=size,
            command_timeout=limits.command,
            server_settings=await _session_settings(url, limits, derived=derived),
            reset=_leave if derived else None,
            connection_class=_LeftConnection if derived else asyncpg.Connection,
        )
    try:
        with pool_measured(pool, dsn.where(url)):
            yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def read_snapshot(pool: Pool, seconds: float | None = None) -> AsyncIterator[Connection]:
    """One snapshot of the database, for reading only. A connection is waited for `seconds` at most (TimeoutError).

    Nobody who writes waits for it. So it may pause for longer than other transactions: while a slow reader takes what
    was read, or while that is worked on in a thread.
    """
    async with (
        pool.acquire(timeout=seconds) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute(
            f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds(_PAUSE)}; {UNLIMITED_TRANSACTION}"
        )
        yield connection


def database_check(pool: Pool) -> Callable[[], Awaitable[None]]:
    """A check that has the database answer something."""

    async def ping() -> None:
        await pool.execute("SELECT 1")

    return ping


async def execute_unhurried(pool: Pool, statement: str, *arguments: Any) -> None:
    """Execute a statement that a start needs, and that may wait for locks and take as long as it must."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = 0; {UNLIMITED_TRANSACTION}")
        await connection.execute(statement, *arguments, timeout=_UNHURRIED)


async def _session_settings(url: Secret, limits: DatabaseLimits, *, derived: bool) -> dict[str, str]:
    """What a session of the pool is started with: PostgreSQL refuses a session with a setting that it does not know."""
    connection = await asyncpg.connect(url.reveal(), timeout=CONNECT_SECONDS, server_settings=KEEPALIVES)
    try:
        limited = await connection.fetchval(_HAS_TRANSACTION_LIMIT)
    finally:
        connection.terminate()
    settings = dict(limits.settings)
    if limited:
        settings["transaction_timeout"] = milliseconds(limits.transaction)
    if derived:
        settings["synchronous_commit"] = "off"
    return settings


class _LeftConnection(asyncpg.Connection):
    """A connection that may have to be ended properly when it goes back to the pool.

    asyncpg prepares a statement without ending the exchange (Flush, not Sync); its execution does that. Whoever is
    cancelled in between leaves PostgreSQL inside a transaction that asyncpg knows nothing of, and the next snapshot is
    refused.
    """

    unfinished = False

    async def _get_statement(self, *arguments: Any, **more: Any) -> Any:
        try:
            return await super()._get_statement(*arguments, **more)  # type: ignore[misc]
        except BaseException:
            self.unfinished = True
            raise


async def _leave(connection: Any) -> None:
    """A connection goes back to the pool as it is, a round trip earlier: who changes its settings changes them back."""
    if connection.unfinished:
        await connection.execute("")
        connection.unfinished = False


class Write(NamedTuple):
    """A statement that writes, of which $1 is an organization, and the other arguments."""

    statement: str
    arguments: Sequence[Any]


async def write_all(
    connection: Connection | Pool, organization: str, writes: Sequence[Write], answer: str = "1"
) -> None:
    """Several such statements in one round trip, all of them or none: no two of them may write the same row.

    `answer` is selected in the end, from what the statements return as tables `w0`, `w1` and so on.
    """
    arguments: list[Any] = [organization]
    for write in writes:
        arguments += write.arguments
    if writes:
        statements = tuple((write.statement, len(write.arguments)) for write in writes)
        await connection.execute(_as_one(statements, answer), *arguments)


async def write_each(connection: Connection, organization: str, writes: Sequence[Write]) -> None:
    """The same in turn, for many, in the caller's transaction: the next is sent while one is executed."""
    for statement, some in groupby(writes, lambda write: write.statement):
        await connection.executemany(statement, [(organization, *write.arguments) for write in some])


@lru_cache
def _as_one(statements: tuple[tuple[str, int], ...], answer: str) -> str:
    """These statements, each with so many arguments besides the first, as one."""
    parts, before = [], 0
    for number, (statement, count) in enumerate(statements):
        parts.append(f"w{number} AS ({_shifted(statement, before)})")
        before += count
    return f"WITH {', '.join(parts)} SELECT {answer}"


def _shifted(statement: str, by: int) -> str:
    """With every argument but the first that many places later."""
    return _ARGUMENT.sub(lambda found: "$1" if found[1] == "1" else f"${int(found[1]) + by}", statement)
