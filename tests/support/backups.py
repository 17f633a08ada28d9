"""Real backups of services that run in this process: dumped while they work, and restored under those that go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from goldenthread.cli.operations.backups.chosen_databases import major_version
from goldenthread.cli.operations.backups.restoring import Restore, RestoreReport
from goldenthread.cli.operations.backups.writing import write_backup
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import dumps
from tests.support.services import Services


async def back_up(services: Services, folder: Path) -> Path:
    """A backup of all three databases, in the documented order."""
    await write_backup(services.databases, folder)
    return folder


async def restore(services: Services, folder: Path, *names: str, logs: Sequence[Path] = ()) -> RestoreReport:
    """Restore these databases with the command's own code; only their processes are stopped meanwhile."""
    for name in filter(services.runs, names):
        await services.stop(name)
    work = Restore(folder, services.databases, names, logs, overwrite=True)
    await work.check()
    report = await work.run()
    for name in names:
        await services.start(name)
    return report


async def restore_only(services: Services, folder: Path, name: str) -> None:
    """Restore one database as somebody does who knows pg_restore alone: nothing is erased again."""
    await services.stop(name)
    await empty(services.databases[name])
    programs = await dumps.find_programs(await major_version(services.databases[name]))
    await dumps.restore(programs, services.databases[name], folder / f"{name}.dump")
    await services.start(name)


async def lose(services: Services, name: str) -> None:
    """Lose everything that is in a database, with the process that has it; both stay away."""
    await services.stop(name)
    await empty(services.databases[name])


async def empty(database: Secret) -> None:
    """A database without a table."""
    connection = await asyncpg.connect(database.reveal())
    try:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    finally:
        await connection.close()
