"""A rolling upgrade: the code of the last release works on the schema of today, as it must while pods are exchanged.

The last release is the newest tag `v…`, or what GOLDENTHREAD_LAST_RELEASE names; until there is one, nothing is run.
"""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import tarfile
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from goldenthread.cli.operations.migrate import migration_folders
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.topology import PROCESSES, Process, Wiring, environment
from goldenthread.runtime.postgres.migrate import migrate_database
from tests.support.asgi_server import eventually

ROOT = Path(__file__).parents[3]
STORED = [process for process in PROCESSES if process.database]


def last_release() -> str | None:
    """What git knows it by; None where there is none yet, or no git."""
    if named := os.environ.get("GOLDENTHREAD_LAST_RELEASE"):
        return named
    asked = ["git", "-C", str(ROOT), "describe", "--tags", "--match", "v*", "--abbrev=0", "HEAD"]
    found = subprocess.run(asked, capture_output=True, text=True)
    return found.stdout.strip() or None


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its code."""
    if (name := last_release()) is None:
        pytest.skip("there is no release yet: no tag v…")
    asked = ["git", "-C", str(ROOT), "archive", name, "goldenthread", "services", "gateway"]
    archive = subprocess.run(asked, capture_output=True, check=True).stdout
    code = tmp_path_factory.mktemp("release")
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(code, filter="data")
    return code


@asynccontextmanager
async def running(wiring: Wiring, issuer: Issuer, code: Path, logs: Path) -> AsyncIterator[None]:
    """The processes with a database, of this code, all ready."""

    def service(process: Process) -> ServiceProcess:
        told = environment(process, wiring, issuer.service_token(process.client))
        # The engine as plain Python: compiling it would take longer than all the rest.
        told |= {"GOLDENTHREAD_MIGRATE": "off", "PYTHONPATH": str(code), "NUMBA_DISABLE_JIT": "1"}
        log, port = logs / f"{process.name}.log", wiring.ports[process.name]
        return ServiceProcess(process.name, process.command, port=port, log=log, environment=lambda: told, patience=60)

    async with AsyncExitStack() as stack:
        services = [service(process) for process in STORED]
        for each in services:
            stack.push_async_callback(each.stop)
        await asyncio.gather(*(each.start() for each in services))
        yield


async def test_the_last_release_works_on_the_schema_of_today(
    release: Path, postgres: Postgres, issuer: Issuer, new_data_dir: Path
) -> None:
    names = {process.name: f"test_{uuid.uuid4().hex}" for process in STORED}
    await ensure_databases(postgres.url(), list(names.values()))
    urls = {name: database_url(postgres.url(), database) for name, database in names.items()}
    for name, url in urls.items():
        await migrate_database(url, migration_folders(name))
    ports = dict(zip((process.name for process in PROCESSES), free_ports(len(PROCESSES)), strict=True))
    reading = {"Authorization": f"Bearer {issuer.service_token()}"}
    async with Broker(new_data_dir) as broker, httpx.AsyncClient(headers=reading, timeout=30) as http:
        wiring = Wiring(urls, broker.address, True, ports, issuer.identifier, issuer.audience, issuer.url)
        async with running(wiring, issuer, release, new_data_dir / "logs"):
            founded = {"id": "org_1", "name": "Example", "admin_name": "Ada", "admin_subject": "ada"}
            (await http.post(f"{wiring.url('goals')}/v1/organizations", json=founded)).raise_for_status()
            head = (await http.get(f"{wiring.url('goals')}/v1/heads")).json()["heads"]["org_1"]["sequence"]
            for name in ("alignment", "notifications"):

                async def judged(url: str = wiring.url(name)) -> bool:
                    heads = (await http.get(f"{url}/v1/heads")).raise_for_status().json()["heads"]
                    return bool((heads.get("org_1", {}).get("judged") or 0) >= head)

                await eventually(judged)
