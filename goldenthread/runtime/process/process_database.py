"""The database of a process, as its settings say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from goldenthread.runtime.configuration.settings import DatabaseSettings
from goldenthread.runtime.postgres.database import Pool, open_pool
from goldenthread.runtime.postgres.installation import agree_on_partitions
from goldenthread.runtime.postgres.migration_files import Migrations
from goldenthread.runtime.postgres.migrations import SHARED


@asynccontextmanager
async def process_database(
    settings: DatabaseSettings, own: Migrations, *, derived: bool = False
) -> AsyncIterator[Pool]:
    """A pool as long as the block (`open_pool`), on a database in which the shared migrations and the process's `own`
    ran, and which belongs to an installation with the partitions of the settings. SchemaError says what does not fit.
    """
    async with open_pool(
        settings.database_url,
        settings.database_pool,
        SHARED,
        own,
        derived=derived,
        limits=settings.database_limits,
        migrate=settings.migrate == "on",
    ) as pool:
        await agree_on_partitions(pool, settings.partitions)
        yield pool
