"""A backup that is interrupted leaves nothing behind, and a restore can be repeated; what keeps a backup from being
restored is said before anything is touched.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.operations.backups.restoring import Restore, RestoreReport
from goldenthread.cli.operations.backups.writing import write_backup
from goldenthread.cli.operations.migrate import migration_folders
from goldenthread.contracts import commands as c
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import dumps
from goldenthread.launcher.backup_folder import ORDER
from goldenthread.launcher.errors import LaunchError
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.schema_version import SchemaNewer
from tests.integration.goals.goals_harness import GoalsHarness
from tests.support.asgi_server import eventually
from tests.support.database_templates import DatabaseTemplates

Databases = Mapping[str, Secret]


@pytest.fixture
async def three(databases: DatabaseTemplates) -> Databases:
    return {name: await databases.migrated(*migration_folders(name)) for name in ORDER}


@asynccontextmanager
async def goals_on(three: Databases) -> AsyncIterator[GoalsHarness]:
    async with open_pool(three["goals"], 4, *migration_folders("goals")) as pool:
        yield GoalsHarness(pool)


async def execute(database: Secret, statement: str) -> None:
    connection = await asyncpg.connect(database.reveal())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def restored(folder: Path, three: Databases) -> RestoreReport:
    work = Restore(folder, three, ["goals"], [], overwrite=True)
    await work.check()
    return await work.run()


def rename_database(manifest: Path) -> None:
    manifest.write_text(manifest.read_text().replace('"goals": {', '"others": {'))


def logs_beside(folder: Path) -> list[Path]:
    return list(folder.parent.glob("*.jsonl"))


async def test_a_backup_of_a_newer_release_is_refused_before_anything_is_touched(
    three: Databases, tmp_path: Path
) -> None:
    newer = "INSERT INTO migrations (name, needs) VALUES ('goals/9999_newer.sql', 'goals/9999_newer.sql')"
    await execute(three["goals"], newer)
    await write_backup(three, tmp_path / "backup")
    with pytest.raises(SchemaNewer, match="run the release that migrated it"):
        await Restore(tmp_path / "backup", three, ["goals"], [], overwrite=True).check()


async def test_a_backup_without_a_database_is_refused(three: Databases, tmp_path: Path) -> None:
    await write_backup(three, tmp_path / "backup")
    rename_database(tmp_path / "backup" / "manifest.json")
    with pytest.raises(CommandError, match="no dump of goals"):
        await Restore(tmp_path / "backup", three, ["goals"], [], overwrite=True).check()


async def test_what_was_known_before_an_interrupted_restore_is_replayed_by_the_next(
    three: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "- of [today]"
    async with goals_on(three) as harness:
        await harness.open()
        id, root = harness.id, harness.root
        who = await harness.do(c.AddPerson(name="Zebulon", subject="zeb", email="zeb@quix.example", roles=[]))
    await write_backup(three, folder)
    async with goals_on(three) as harness:
        harness.id, harness.root = id, root
        await harness.do(c.RemovePerson(person=who))
        await harness.do(c.ErasePerson(person=who))

    monkeypatch.chdir(folder)

    async def full_disk(*_: object) -> None:
        raise LaunchError("No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(dumps, "restore", full_disk)
        with pytest.raises(LaunchError, match="No space"):
            await restored(Path(), three)
    assert [".unfinished" in each.suffixes for each in logs_beside(folder)] == [True]
    report = await restored(Path(), three)
    assert report.replayed is not None
    assert report.replayed.erased == 1
    assert not any(".unfinished" in each.suffixes for each in logs_beside(folder))
    again = await restored(Path(), three)
    assert again.replayed is not None
    assert again.replayed.erased == 1
    assert again.known_before in [str(each) for each in logs_beside(folder)]


async def test_a_backup_that_is_told_to_end_leaves_neither_files_nor_a_program_that_goes_on(
    three: Databases, tmp_path: Path
) -> None:
    urls = {f"GOLDENTHREAD_DATABASE_URL_{name.upper()}": url.reveal() for name, url in three.items()}
    command = (sys.executable, "-P", "-c", "from goldenthread.cli import main; main()", "backup", str(tmp_path / "b"))
    connection = await asyncpg.connect(three["goals"].reveal())
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE outbox")  # pg_dump waits
            process = await asyncio.create_subprocess_exec(*command, env=urls)
            await eventually(lambda: (tmp_path / "b.unfinished" / "goals.dump").exists(), 60.0)
            dumping = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump' AND datname = $1"
            name = await connection.fetchval("SELECT current_database()")
            await eventually(lambda: waits(three, dumping, name, 1), 60.0)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 128 + signal.SIGTERM
        await eventually(lambda: waits(three, dumping, name, 0), 60.0)
    finally:
        await connection.close()
    assert os.listdir(tmp_path) == []


async def waits(three: Databases, query: str, name: str, number: int) -> bool:
    connection = await asyncpg.connect(three["alignment"].reveal())
    try:
        return bool(await connection.fetchval(query, name) == number)
    finally:
        await connection.close()
