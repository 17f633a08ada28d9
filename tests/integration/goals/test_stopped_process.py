"""A process of goals that is stopped (SIGSTOP) while it holds an organization, and goes on later; another one runs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_port
from goldenthread.launcher.service_process import ServiceProcess
from tests.integration.goals.conftest import Client, assert_fold_equals_state, founded
from tests.support.asgi_server import eventually

pytestmark = pytest.mark.alone

LOCK, IDLE, COMMAND = 1.0, 4.0, 3.0
WAITS_FOR_CLIENT = """SELECT count(*) > 0 FROM pg_stat_activity
    WHERE datname = current_database() AND backend_xid IS NOT NULL AND wait_event = 'ClientRead'"""
NOBODY_ELSE = "SELECT 1 FROM streams WHERE organization = $1 FOR UPDATE NOWAIT"


@asynccontextmanager
async def process(database: Secret, broker: Broker, issuer: Issuer, log: Path) -> AsyncIterator[ServiceProcess]:
    """goals in a process of its own."""
    port = free_port()
    settings = {
        "HTTP_PORT": str(port),
        "KAFKA": broker.address,
        "KAFKA_FETCH_WAIT_MS": "10",
        "ISSUER": issuer.url,
        "SERVICE_TOKEN": issuer.service_token("goldenthread-goals"),
        "DATABASE_URL": database.reveal(),
        "DATABASE_LOCK_SECONDS": str(LOCK),
        "DATABASE_IDLE_SECONDS": str(IDLE),
        "DATABASE_COMMAND_SECONDS": str(COMMAND),
    }
    environment = {f"GOLDENTHREAD_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "services.goals"]
    service = ServiceProcess("goals", command, port=port, log=log, environment=lambda: environment)
    await service.start()
    try:
        yield service
    finally:
        if service.pid is not None:
            os.kill(service.pid, signal.SIGCONT)
        await service.stop()


@dataclass
class Writer:
    """Makes one unit after another, each under a key of its own; what is not acknowledged is sent again."""

    client: Client
    acknowledged: dict[str, str] = field(default_factory=dict)
    stopped: bool = False

    async def run(self) -> None:
        number = 0
        while not self.stopped:
            number += 1
            await self._until_acknowledged(f"unit-{number}")

    async def _until_acknowledged(self, key: str) -> None:
        while True:
            try:
                answer = await self.client.send("CreateUnit", key, name=key, function="BUSINESS")
            except httpx.HTTPError:
                continue
            if answer.status_code == 200:
                self.acknowledged[key] = answer.json()["ids"][0]
                return
            assert answer.status_code in (500, 503), answer.text


async def stopped_inside(pid: int, database: Secret, organization: str) -> None:
    """Stop a process at a moment when it holds the organization's row, and no COMMIT of it is on its way."""
    async with asyncpg.create_pool(database.reveal(), min_size=1, max_size=1) as pool:

        async def inside() -> bool:
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(0.1)  # what was sent before is received
            if await pool.fetchval(WAITS_FOR_CLIENT) and await _is_held(pool, organization):
                return True
            os.kill(pid, signal.SIGCONT)
            return False

        await eventually(inside, 60)


async def _is_held(pool: asyncpg.Pool, organization: str) -> bool:
    try:
        await pool.execute(NOBODY_ELSE, organization)
    except asyncpg.LockNotAvailableError:
        return True
    return False


async def test_a_stopped_process_holds_up_nobody_for_long_and_nothing_is_lost_or_doubled(
    database: Secret, broker: Broker, issuer: Issuer, tmp_path: Path
) -> None:
    async with (
        process(database, broker, issuer, tmp_path / "one.log") as one,
        process(database, broker, issuer, tmp_path / "other.log") as other,
        httpx.AsyncClient(base_url=one.url, timeout=30) as first,
        httpx.AsyncClient(base_url=other.url, timeout=30) as second,
    ):
        ada = await founded(first, issuer, "ada")
        beside = Client(second, issuer, "ada", ada.organization)
        writer = Writer(ada)
        writing = asyncio.create_task(writer.run())
        await eventually(lambda: len(writer.acknowledged) > 5)
        assert one.pid is not None
        await stopped_inside(one.pid, database, ada.organization)
        began = time.monotonic()
        answer = await beside.send("CreateUnit", "beside", name="Beside", function="BUSINESS")
        assert answer.status_code == 503
        assert "nothing was changed. Send it again" in answer.json()["errors"][0]["message"]
        assert time.monotonic() - began < IDLE

        async def works() -> bool:
            answer = await beside.send("CreateUnit", "beside", name="Beside", function="BUSINESS")
            return answer.status_code == 200

        await eventually(works)
        before = len(writer.acknowledged)
        os.kill(one.pid, signal.SIGCONT)
        await eventually(lambda: len(writer.acknowledged) > before + 5)
        writer.stopped = True
        await writing
        units = {unit.name: unit.id for unit in (await beside.snapshot()).units if unit.name.startswith("unit-")}
        assert units == writer.acknowledged
        assert len((await beside.snapshot()).units) == len(units) + 2  # the root, and the one beside
        await assert_fold_equals_state(beside)
