"""Deleted organizations: their tombstones, and the deletion of their rows in steps.

A tombstone is the row of an organization in `streams`, with `deleted_at`. It is written in one short transaction, and
stays for ever: from then on nothing of the organization is read or written. Its rows are deleted afterwards by `Purge`,
some thousand at a time, so that no transaction is long; what a crash interrupts goes on after the next start.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from goldenthread.runtime.observability import failures
from goldenthread.runtime.observability.repeated_lines import ALWAYS
from goldenthread.runtime.postgres.database import Connection, Pool

log = logging.getLogger(__name__)

_LOCK = 7_031_020
_TOMBSTONES = ("streams", "projections")
"""Tables whose row of the organization is its tombstone."""
STEP = 5_000
"""Rows that one transaction deletes, at most."""
_SWEEP_SECONDS = 30.0
_PAUSE_SECONDS = 0.02
"""Between two steps: others have the database meanwhile."""
# Tables that others refer to come last, so that no row takes others along (ON DELETE CASCADE).
_TABLES = """
    SELECT c.relname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND a.attname = 'organization'
      AND NOT a.attisdropped AND c.relname <> ALL($1::text[])
    ORDER BY EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = c.oid), c.relname
"""
_STEP = """
    DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE organization = $1 {kept} LIMIT $2))
"""
_LAST_EVENT_KEPT = "AND sequence <> (SELECT final FROM streams WHERE organization = $1)"


async def bury(connection: Connection, organization: str) -> None:
    """Put a tombstone in the place of an organization whose stream is this process's own to derive: it is empty now."""
    await connection.execute(
        """INSERT INTO streams AS s (organization, deleted_at, final) VALUES ($1, clock_timestamp(), 0)
           ON CONFLICT (organization) DO UPDATE SET sequence = 0, id = NULL, judged = NULL, judged_id = NULL,
               published = 0, generation = s.generation + 1, final = 0, changed_at = clock_timestamp(),
               deleted_at = coalesce(s.deleted_at, clock_timestamp())""",
        organization,
    )


async def bury_after_last_event(connection: Connection, organization: str) -> None:
    """The same of an organization whose last event, which says that it was deleted, has just been written.

    That event stays, so that it reaches the broker; it holds nothing but the organization's id.
    """
    await connection.execute(
        "UPDATE streams SET deleted_at = clock_timestamp(), final = sequence WHERE organization = $1", organization
    )


async def is_deleted(connection: Connection | Pool, organization: str) -> bool:
    """Whether there is a tombstone."""
    found = await connection.fetchval(
        "SELECT deleted_at IS NOT NULL FROM streams WHERE organization = $1", organization
    )
    return bool(found)


class Purge:
    """Deletes the rows of deleted organizations, from every table of the database that has a column `organization`.

    `run` until cancelled; `wake` after a tombstone was written. Of several processes on one database one works at a
    time. `kept` are tables that say something about deleted organizations.
    """

    def __init__(self, pool: Pool, kept: tuple[str, ...] = (), step: int = STEP) -> None:
        self._pool, self._kept, self._step = pool, [*_TOMBSTONES, *kept], step
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be something to delete."""
        self._woken.set()

    async def run(self) -> None:
        """Delete what there is to delete. A database that is away is asked again."""
        while True:
            self._woken.clear()
            try:
                more = await self.step()
            except Exception as error:
                failures.raise_if_cancelled(error)
                if not failures.is_away(error):
                    raise
                log.warning("rows of deleted organizations are deleted later: %s: %s", type(error).__name__, error)
                more = False
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_SECONDS if more else _SWEEP_SECONDS):
                    await self._woken.wait()

    async def step(self) -> bool:
        """Delete some rows of the organization that was deleted first, in one transaction; False when nothing is left
        to do here.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
                return False
            organization = await connection.fetchval(
                """SELECT organization FROM streams WHERE deleted_at IS NOT NULL AND purged_at IS NULL
                   ORDER BY deleted_at LIMIT 1"""
            )
            if organization is None:
                return False
            if not await self._delete_some(connection, organization):
                await connection.execute("UPDATE streams SET purged_at = now() WHERE organization = $1", organization)
                log.info("everything of %s is deleted", organization, extra={"organization": organization, **ALWAYS})
            return True

    async def _delete_some(self, connection: Connection, organization: str) -> bool:
        """Whether there was anything to delete."""
        for row in await connection.fetch(_TABLES, self._kept):
            kept = _LAST_EVENT_KEPT if row["relname"] == "outbox" else ""
            statement = _STEP.format(table=f'"{row["relname"]}"', kept=kept)
            if await connection.execute(statement, organization, self._step) != "DELETE 0":
                return True
        return False
