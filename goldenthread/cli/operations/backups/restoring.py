"""Restores databases from a backup, and then repeats what must not come back with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from glob import escape
from pathlib import Path

import asyncpg
from msgspec import Struct

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.operations.backups.chosen_databases import major_version
from goldenthread.cli.operations.log_replay import replay_logs, require_whole
from goldenthread.cli.operations.migrate import migration_folders
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import backup_folder, dumps
from goldenthread.launcher.backup_folder import LOG, Manifest
from goldenthread.runtime.clock import utc_now
from goldenthread.runtime.configuration import dsn
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.schema_version import refuse
from services.goals.erasure import collected_log, log_file
from services.goals.erasure_replay import ReplayReport

_UNFINISHED = ".unfinished.jsonl"
_OTHERS = """SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND usesysid IS NOT NULL"""
"""Those of a user: autovacuum has none."""
_TABLES = """SELECT count(*) FROM pg_class
    WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p', 'v', 'S')"""


class RestoreReport(Struct, rename="camel"):
    """What was restored, what must not come back, and what the databases knew of that before; None: nothing."""

    restored: list[str]
    replayed: ReplayReport | None
    known_before: str | None
    keys: list[str]


class Restore:
    """One restore: `check` touches nothing, `run` does it."""

    def __init__(
        self, folder: Path, databases: Mapping[str, Secret], names: Sequence[str], logs: Sequence[Path], overwrite: bool
    ) -> None:
        """`names`: the databases to restore; of the others only what they know is read. `logs`: further logs."""
        self._folder = folder = folder.resolve()
        self._databases, self._names, self._overwrite = databases, names, overwrite
        self._manifest: Manifest = backup_folder.read_manifest(folder)
        self._interrupted = sorted(folder.parent.glob(f"{escape(folder.name)}.erasures-*{_UNFINISHED}"))
        """What databases knew before a restore of this backup that did not come to its end."""
        self._logs = [folder / LOG, *self._interrupted, *logs]

    async def check(self) -> None:
        """Raises LaunchError, CommandError, SchemaError and BadLogFile for whatever would keep it from being restored
        whole.
        """
        if missing := [name for name in self._names if name not in self._manifest.databases]:
            raise CommandError(f"{self._folder} has no dump of {', '.join(missing)}")
        wanted = [self._manifest.databases[name] for name in self._names]
        output.show_progress("verifying the backup")
        backup_folder.verify(self._folder, [*(each.file for each in wanted), self._manifest.log])
        require_whole(self._logs)
        for name in self._names:
            refuse(self._manifest.databases[name].migrations, migration_folders(name))
            server = await major_version(self._databases[name])
            await dumps.check(await dumps.find_programs(server), self._dump(name), server)
            await self._check_target(name)

    async def run(self) -> RestoreReport:
        """Restore, and replay. Raises what `check` does, and what says that a database is away."""
        known = await self._keep_what_is_known()
        for number, name in enumerate(self._names, 1):
            output.show_progress(f"restoring {name}, {number} of {len(self._names)}")
            await self._restore(name)
        replayed = None
        if "goals" in self._names:
            output.show_progress("erasing again")
            replayed = await replay_logs(self._databases["goals"], [*self._logs, *([known] if known else [])])
        output.clear_progress()
        for each in self._interrupted if replayed else []:
            _finish(each)
        told = str(_finish(known)) if known else None
        return RestoreReport(list(self._names), replayed, told, self._manifest.keys)

    async def _check_target(self, name: str) -> None:
        connection = await asyncpg.connect(self._databases[name].reveal())
        try:
            if others := await connection.fetchval(_OTHERS):
                where = dsn.where(self._databases[name])
                raise CommandError(f"{others} others are connected to {where}: stop {name} first, and what reads there")
            if not self._overwrite and await connection.fetchval(_TABLES):
                where = dsn.where(self._databases[name])
                raise CommandError(
                    f"{where} is not empty: --overwrite deletes what is there, and puts the backup there"
                )
        finally:
            await connection.close()

    async def _keep_what_is_known(self) -> Path | None:
        """What the databases know now of who was erased and what was deleted, as a file beside the backup.

        Its name says that the restore is unfinished until it is replayed: whoever restores again replays it, too.
        """
        goals, notifications = [await self._with_tables(name) for name in ("goals", "notifications")]
        if goals is None and notifications is None:
            return None
        now = utc_now()
        file = self._folder.with_name(f"{self._folder.name}.erasures-{now:%Y%m%dT%H%M%S%f}{_UNFINISHED}")
        log_file.write(file, await collected_log.collect(goals, notifications, now))
        file.chmod(0o600)
        return file

    async def _with_tables(self, name: str) -> Secret | None:
        url = self._databases.get(name)
        if url is None:
            return None
        connection = await asyncpg.connect(url.reveal())
        try:
            table = {"goals": "streams", "notifications": "facts"}[name]
            found = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table)
        finally:
            await connection.close()
        return url if found else None

    async def _restore(self, name: str) -> None:
        url = self._databases[name]
        connection = await asyncpg.connect(url.reveal())
        try:
            async with connection.transaction():
                await connection.execute("DROP SCHEMA IF EXISTS public CASCADE")
                await connection.execute("CREATE SCHEMA public")
        finally:
            await connection.close()
        programs = await dumps.find_programs(await major_version(url))
        await dumps.restore(programs, url, self._dump(name))
        async with open_pool(url, 1, *migration_folders(name)):
            pass  # a backup of a release before gets the migrations of this one

    def _dump(self, name: str) -> Path:
        return self._folder / self._manifest.databases[name].file.name


def _finish(log: Path) -> Path:
    """Give a log the name that it keeps."""
    return log.replace(log.with_name(f"{log.name.removesuffix(_UNFINISHED)}.jsonl"))
