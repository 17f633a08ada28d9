"""Writes a backup: each database as it is in one snapshot, one after the other, and then the log of erasures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg

from goldenthread import __version__
from goldenthread.cli.common import output
from goldenthread.cli.operations.backups.chosen_databases import major_version
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import backup_folder, dumps, private_file
from goldenthread.launcher.backup_folder import LOG, ORDER, DatabaseDump, Manifest
from goldenthread.launcher.dumps import DumpPrograms
from goldenthread.runtime.clock import utc_now
from goldenthread.runtime.postgres.schema_version import read_ran
from services.goals.erasure import collected_log, log_file
from services.notifications.webhooks.encryption_store import keys_in_use


async def write_backup(databases: Mapping[str, Secret], folder: Path, others: Sequence[Path] = ()) -> Manifest:
    """Write a backup of all databases to `folder`, which is new, and copy `others`, small text files, into it. Raises
    LaunchError, OSError and what asyncpg raises.
    """
    began = utc_now()
    with backup_folder.making(folder) as draft:
        dumped: dict[str, DatabaseDump] = {}
        for number, name in enumerate(ORDER, 1):
            output.show_progress(f"dumping {name}, {number} of {len(ORDER)}")
            programs = await dumps.find_programs(await major_version(databases[name]))
            dumped[name] = await _dump(programs, databases[name], draft / f"{name}.dump")
        output.show_progress("reading the log of erasures")
        log = await collected_log.collect(databases["goals"], databases["notifications"], utc_now())
        log_file.write(draft / LOG, log)
        (draft / LOG).chmod(0o600)
        keys = await _keys(databases["notifications"])
        manifest = Manifest(__version__, began, dumped, backup_folder.described(draft / LOG), keys)
        backup_folder.write_manifest(draft, manifest)
        for each in others:
            private_file.write(draft / each.name, each.read_text())
    output.clear_progress()
    return manifest


async def _dump(programs: DumpPrograms, url: Secret, file: Path) -> DatabaseDump:
    connection = await asyncpg.connect(url.reveal())
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            migrations, organizations, events = await _content(connection)
            await dumps.dump(programs, url, file, snapshot)
            server = await connection.fetchval("SELECT current_setting('server_version_num')::int / 10000")
    finally:
        await connection.close()
    return DatabaseDump(backup_folder.described(file), server, migrations, organizations, events)


async def _content(connection: Any) -> tuple[dict[str, str | None], int, int]:
    row = await connection.fetchrow("SELECT count(*), coalesce(sum(sequence), 0)::bigint FROM streams")
    return dict(await read_ran(connection)), row[0], row[1]


async def _keys(notifications: Secret) -> list[str]:
    connection = await asyncpg.connect(notifications.reveal())
    try:
        return sorted(kid for kid in await keys_in_use(connection) if kid)
    finally:
        await connection.close()
