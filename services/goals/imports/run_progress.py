"""The progress of imports, written while they run, on connections of their own.

An import never depends on it: an error here is only logged. A process that ends without a word
leaves a run that is not updated any more: it counts as failed after `STALE` seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from goldenthread.contracts import texts
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import ImportStep
from goldenthread.contracts.read_api import ImportRun
from goldenthread.runtime.postgres.database import Pool

log = logging.getLogger(__name__)

SHOWN = 20
"""Runs of an organization that are shown, at most: those that began last."""
KEPT = timedelta(minutes=10)
"""How long a run is shown after it ended."""
STALE = 20.0
"""Seconds without an update after which a run has failed."""
_PAUSE = 0.5
_ALIVE_EVERY = 5.0
"""Seconds after which a run is updated, also where it is not further."""
_LONGEST_NAME = 200
_PATIENCE = 1.0
"""Seconds for which a connection, a statement, and at the end the import wait."""


class RunProgress:
    """The progress of one import. The import writes it, also from its thread; the reporter reads it."""

    def __init__(self, organization: Id, id: Id, file_name: str | None, by: Id | None) -> None:
        self.organization, self.id, self.by = organization, id, by
        self.file_name = texts.cleaned(file_name[:_LONGEST_NAME]) if file_name else None
        self.source, self.step, self.done, self.total = "", ImportStep.READING, 0, 0

    def begin(self, step: ImportStep, total: int) -> None:
        """From now on it does `step`, with so many rows."""
        self.step, self.done, self.total = step, 0, total

    def count(self) -> None:
        """One row more is done."""
        self.done += 1

    def counted(self, rows: int) -> None:
        """So many rows more are done."""
        self.done += rows


class ImportRunReporter:
    """Writes the progress of imports, and lists their runs."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._reporting: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def reporting(self, progress: RunProgress) -> AsyncIterator[RunProgress]:
        """Write `progress` again and again while the block runs; then that it is done, or failed where it raised."""
        ended = asyncio.Event()
        reporting = asyncio.create_task(self._report(progress, ended), name="import progress")
        self._reporting.add(reporting)
        reporting.add_done_callback(self._reporting.discard)
        end = ImportStep.FAILED
        try:
            yield progress
            end = ImportStep.DONE
        finally:
            progress.step = end
            ended.set()
            await asyncio.wait({reporting}, timeout=_PATIENCE)

    async def list(self, organization: Id) -> list[ImportRun]:
        """The runs under way and those that ended lately, the last one first."""
        rows = await self._pool.fetch(
            """SELECT id, source, file_name, by,
                      CASE WHEN step <> ALL($2::text[]) AND updated_at < now() - $3::interval
                           THEN 'FAILED' ELSE step END AS step, done, total, started_at, updated_at
               FROM import_runs WHERE organization = $1 AND updated_at > now() - $4::interval
               ORDER BY started_at DESC, id LIMIT $5""",
            organization,
            [ImportStep.DONE.value, ImportStep.FAILED.value],
            timedelta(seconds=STALE),
            KEPT,
            SHOWN,
        )
        return [ImportRun(**{**row, "step": ImportStep(row["step"])}) for row in rows]

    async def _report(self, progress: RunProgress, ended: asyncio.Event) -> None:
        before, quiet = None, 0.0
        while not ended.is_set():
            now = _values(progress)
            if now != before or quiet >= _ALIVE_EVERY:
                await self._write(progress, first=before is None)
                before, quiet = now, 0.0
            try:
                async with asyncio.timeout(_PAUSE):
                    await ended.wait()
            except TimeoutError:
                quiet += _PAUSE
        await self._write(progress)

    async def _write(self, progress: RunProgress, *, first: bool = False) -> None:
        try:
            async with self._pool.acquire(timeout=_PATIENCE) as connection:
                await connection.execute(_UPDATE, *_values(progress), first, timeout=_PATIENCE)
        except Exception as error:
            log.warning("how far an import is was not written: %s: %s", type(error).__name__, error)


async def forget(pool: Pool) -> None:
    """Forget the runs that are not shown any more."""
    await pool.execute("DELETE FROM import_runs WHERE updated_at < now() - $1::interval", KEPT)


# No lock is taken: an import that is under way while its organization is deleted must not bring back a row of it.
_UPDATE = """
    INSERT INTO import_runs AS run (organization, id, file_name, by, source, step, done, total, started_at, updated_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp(), clock_timestamp()
    WHERE NOT EXISTS (SELECT FROM streams WHERE organization = $1 AND deleted_at IS NOT NULL)
    ON CONFLICT (organization, id) DO UPDATE SET
        file_name = excluded.file_name, by = excluded.by, source = excluded.source, step = excluded.step,
        done = excluded.done, total = excluded.total, updated_at = excluded.updated_at,
        started_at = CASE WHEN $9 THEN excluded.started_at ELSE run.started_at END
"""


def _values(progress: RunProgress) -> tuple[Any, ...]:
    each = progress
    return each.organization, each.id, each.file_name, each.by, each.source, each.step.value, each.done, each.total
