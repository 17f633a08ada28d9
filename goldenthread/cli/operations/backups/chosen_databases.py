"""Which databases are backed up or restored: those of the environment, else those of a data dir."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.operations.migrate import chosen_databases
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import instance_file, private_file
from goldenthread.launcher.backup_folder import ORDER
from goldenthread.launcher.postgres import Postgres
from goldenthread.runtime.configuration.settings import FILE, BadSettings, variable

_IDENTITY = ("organization.json", "issuer.id", "issuer.key.json", "keys.json")
"""Files of a data dir: who signs in to which organization, and what secrets are encrypted with."""
FROM_ENVIRONMENT = "GOLDENTHREAD_DATABASE_URL_GOALS, …_ALIGNMENT and …_NOTIFICATIONS"


@asynccontextmanager
async def to_back_up(data_dir: Path) -> AsyncIterator[Mapping[str, Secret]]:
    """All three: of the environment, of the instance that runs on the data dir, or of its PostgreSQL, which is started
    for as long as the block. Raises BadSettings, CommandError and LaunchError.
    """
    if (given := _given()) is not None:
        missing = [f"{variable(f'database_url_{name}')} is not set" for name in ORDER if name not in given]
        if missing:
            raise BadSettings(missing)
        yield given
    elif (instance := instance_file.find(data_dir)) is not None:
        yield instance.databases
    else:
        async with _started(data_dir) as databases:
            yield databases


def identity_files(folder: Path) -> list[Path]:
    """Those of a data dir, or of a backup, that are there."""
    return [folder / name for name in _IDENTITY if (folder / name).is_file()]


def bring_identity_files(backup: Path, data_dir: Path) -> None:
    """Copy those that the backup has to a data dir that has none: with some of another installation they do not fit.
    Nothing is done where the databases are those of the environment.
    """
    if _given() is None and not identity_files(data_dir):
        for each in identity_files(backup):
            private_file.write(data_dir / each.name, each.read_text())


def identity_files_missing(data_dir: Path) -> list[str]:
    """Which files `goldenthread up` needs beside restored databases to be the installation that was backed up; none
    where the databases are those of the environment.
    """
    return [] if _given() is not None else [name for name in _IDENTITY if not (data_dir / name).exists()]


@asynccontextmanager
async def to_restore(data_dir: Path) -> AsyncIterator[Mapping[str, Secret]]:
    """Those of the environment, or those of a data dir on which nothing runs. Raises as `to_back_up`."""
    if (given := _given()) is not None:
        yield given
        return
    if instance_file.is_claimed(data_dir):
        raise CommandError(f"stop what runs on {data_dir} first: a database is not restored under its process")
    async with _started(data_dir, new=True) as databases:
        yield databases


def _given() -> dict[str, Secret] | None:
    names = [variable(f"database_url_{name}") for name in ORDER]
    if not any(os.environ.get(name) or os.environ.get(name + FILE) for name in names):
        return None
    return chosen_databases([], os.environ)[0]


@asynccontextmanager
async def _started(data_dir: Path, *, new: bool = False) -> AsyncIterator[Mapping[str, Secret]]:
    if not new and not (data_dir / "postgres").exists():
        raise CommandError(f"{data_dir} has no PostgreSQL of `goldenthread up`; set {FROM_ENVIRONMENT}")
    with instance_file.claim(data_dir):
        async with Postgres(data_dir) as server:
            yield {name: server.url(name) for name in ORDER}


async def major_version(url: Secret) -> int:
    """The major version of a database's server."""
    connection = await asyncpg.connect(url.reveal())
    try:
        return int(await connection.fetchval("SELECT current_setting('server_version_num')::int / 10000"))
    finally:
        await connection.close()
