"""Which migrations ran in a database, compared with those that this code knows (docs/decisions/0028)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.database_limits import CONNECT_SECONDS, KEEPALIVES
from goldenthread.runtime.observability.start_progress import PrerequisiteMissing
from goldenthread.runtime.postgres.migration_files import Migration, Migrations

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
Ran = Mapping[str, str | None]
"""The migrations that ran in a database; of each, which one code must know since then (None: all code may go on)."""
_NAMED = 3
_COMMON = frozenset({"runtime", "idempotency"})
"""Names of migrations that several processes have: they do not tell whose database it is."""


class SchemaError(Exception):
    """A database with which this code cannot work, however long it waits. The message says why, and what to do."""


class SchemaNewer(SchemaError):
    """A migration ran that code as old as this one cannot work with."""


class OtherDatabase(SchemaError):
    """The database is that of another process."""


class SchemaBehind(PrerequisiteMissing):
    """Migrations of this code have not run yet, and this process must not run them. The message says which, and how to
    run them.
    """


async def read_ran(connection: Connection) -> Ran:
    """What ran, whichever release recorded it; nothing in a new database."""
    if await connection.fetchval("SELECT to_regclass('migrations')") is None:
        return {}
    # The column `needs` is missing where only releases before it migrated.
    rows = await connection.fetch("SELECT name, to_jsonb(migrations) ->> 'needs' AS needs FROM migrations")
    return {row["name"]: row["needs"] for row in rows}


def refuse(ran: Ran, folders: Sequence[Migrations]) -> None:
    """Raise SchemaNewer or OtherDatabase where this code must not work on a database in which `ran`."""
    if not folders:
        return
    own, ours = folders[-1].name, {each.name for each in folders}
    there = {name.partition("/")[0] for name in ran}
    others = there - ours - _COMMON
    if own not in there and others:
        raise OtherDatabase(
            f"this is the database of {', '.join(sorted(others))}, not of {own}; check the database's URL"
        )
    known = {each.name for folder in folders for each in folder.files()}
    for name, needs in sorted(ran.items()):
        if needs is not None and needs not in known:
            raise SchemaNewer(
                f"the database is newer than this code: migration {name} ran there, with which only code that knows "
                f"{needs} can work; run the release that migrated it, or a later one"
            )


def pending(ran: Collection[str], folders: Sequence[Migrations]) -> list[Migration]:
    """What this code knows and what has not run, in order."""
    return [each for folder in folders for each in folder.files() if each.name not in ran]


async def require_migrated(url: Secret, folders: Sequence[Migrations]) -> None:
    """Return if all of `folders` ran in the database. Raises SchemaBehind when not, SchemaError when it never fits."""
    connection = await asyncpg.connect(url.reveal(), timeout=CONNECT_SECONDS, server_settings=KEEPALIVES)
    try:
        ran = await read_ran(connection)
    finally:
        connection.terminate()
    refuse(ran, folders)
    if missing := [each.name for each in pending(ran, folders)]:
        raise SchemaBehind(
            f"{behind(missing)}, and GOLDENTHREAD_MIGRATE is off; run `goldenthread migrate {folders[-1].name}`"
        )


def behind(missing: Sequence[str]) -> str:
    """The message that these migrations have not run."""
    more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return f"the database is older than this code: {', '.join(missing[:_NAMED])}{more} did not run"
