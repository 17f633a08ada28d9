"""Real PostgreSQL, the embedded broker, goals and alignment, each a process of its own.

Organizations are written into goals' outbox from here; goals relays them like its own, and replays them when asked.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import asyncpg

from benchmarks._processor_time import seconds_of
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.child_process import spawn, stop
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.topology import PROCESSES, Wiring, environment
from goldenthread.runtime.outbox import store as outbox

_DATABASES = ("goals", "alignment", "peer")
_STAGED = """
    CREATE SCHEMA staged;
    CREATE TABLE staged.outbox (LIKE public.outbox INCLUDING ALL);
    CREATE TABLE staged.streams (LIKE public.streams INCLUDING ALL)
"""
# What `outbox.append` does, with rows that it has made before: nothing is left to do here but to send a number.
_RELEASE = f"""
    WITH moved AS (
        INSERT INTO public.outbox SELECT * FROM staged.outbox
        WHERE organization = $1 AND sequence > $2 AND sequence <= $3 RETURNING organization, sequence, id
    ), head AS (
        INSERT INTO public.streams (organization, sequence, id) SELECT * FROM moved WHERE sequence = $3
        ON CONFLICT (organization) DO UPDATE SET
            sequence = excluded.sequence, id = excluded.id, changed_at = clock_timestamp()
        RETURNING sequence
    )
    SELECT sequence, {outbox.NOTIFY_RELAY} FROM head
"""
_PATIENT = {"GOLDENTHREAD_KAFKA_SESSION_TIMEOUT_MS": "60000"}
"""A member that is held still for a while stays a member; whoever comes later waits half as long for its partitions."""


class RealServices:
    """Everything below and around alignment, and alignment itself, in `folder`; `kafka` is where the broker is.

    `goals`, `alignment` and `peer` are connections to databases of these names. `variables` are added to the
    environment of our processes.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self._folder, self._variables = folder, dict(variables or {})
        self._open = AsyncExitStack()
        self.goals: asyncpg.Pool
        self.alignment: asyncpg.Pool
        self.peer: asyncpg.Pool
        self._staging: asyncpg.Pool
        self.kafka, self.peer_url = "", Secret("")
        self._services: dict[str, ServiceProcess] = {}
        self._environments: dict[str, dict[str, str]] = {}

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def stage(self, commits: Iterable[Sequence[Event]]) -> int:
        """Prepare commits of one organization beside the outbox, as `outbox.append` writes them; how many events."""
        count = 0
        waiting: list[Event] = []
        async with self._staging.acquire() as connection, connection.transaction():
            for commit in commits:
                waiting += commit
                count += len(commit)
                if len(waiting) >= outbox.MAX_COMMIT:
                    await outbox.append(connection, waiting[0].organization, waiting)
                    waiting = []
            if waiting:
                await outbox.append(connection, waiting[0].organization, waiting)
        return count

    async def release(self, organization: str, after: int, until: int) -> None:
        """Events after one sequence and up to another enter the outbox, in one transaction."""
        if await self.goals.fetchval(_RELEASE, organization, after, until) != until:
            raise RuntimeError(f"event {until} of {organization} was not prepared")

    async def published(self) -> None:
        """Returns when goals has relayed all of its outbox."""
        while await self.goals.fetchval("SELECT EXISTS (SELECT FROM streams WHERE published < sequence)"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    async def tidy(self) -> None:
        """PostgreSQL has done now what it would do at some time after so much was written."""
        for pool in (self.goals, self.alignment):
            await pool.execute("VACUUM ANALYZE")
            await pool.execute("CHECKPOINT")

    async def judged(self, organization: str) -> tuple[int, int]:
        """How far alignment has judged an organization, and how long its own stream of it is."""
        row = await self.alignment.fetchrow(
            "SELECT judged, sequence FROM streams WHERE organization = $1", organization
        )
        return (row["judged"] or 0, row["sequence"]) if row else (0, 0)

    def spent(self) -> float:
        """Seconds of a core that alignment has used so far; 0 where the system does not tell."""
        return seconds_of(self._pid)

    async def divide(self) -> None:
        """From now on one process judges the large organizations, and another all others."""
        await self._services.pop("alignment").stop()
        for kind in ("small", "large"):
            await self._alignment(kind)

    @asynccontextmanager
    async def burning(self) -> AsyncIterator[None]:
        """As many processes as there are cores do nothing but take one."""
        async with AsyncExitStack() as burners:
            for _ in range(os.cpu_count() or 1):
                command, log = (sys.executable, "-c", "while True: pass"), self._folder / "logs" / "burning.log"
                process = await spawn(command, log=log, if_parent_dies=signal.SIGKILL)
                burners.push_async_callback(stop, process, signal.SIGKILL, 5)
            yield

    def hold(self) -> None:
        """Alignment is held still, where it is, as if the machine had no time for it."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Alignment goes on."""
        self._signal(signal.SIGCONT)

    async def process(self, module: str, **variables: str) -> asyncio.subprocess.Process:
        """Another process on the same stage."""
        log = self._folder / "logs" / f"{module}.log"
        command = (sys.executable, "-m", module)
        process = await spawn(command, log=log, env={**os.environ, **variables}, if_parent_dies=signal.SIGKILL)
        self._open.push_async_callback(stop, process, signal.SIGKILL, 5)
        return process

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        postgres = await self._open.enter_async_context(Postgres(self._folder, databases=_DATABASES))
        broker = await self._open.enter_async_context(Broker(self._folder))
        names = [process.name for process in PROCESSES]
        ports = dict(zip(("issuer", *names), free_ports(1 + len(names)), strict=True))
        issuer = Issuer.load(self._folder, f"http://127.0.0.1:{ports['issuer']}")
        server = IssuerServer(issuer, ports["issuer"])
        await server.start()
        self._open.push_async_callback(server.stop)
        urls = {name: postgres.url(name) for name in _DATABASES}
        wiring = Wiring(urls, broker.address, True, ports, issuer.url, issuer.audience)
        self.kafka, self.peer_url = broker.address, urls["peer"]
        self._environments = {
            process.name: environment(process, wiring, issuer.service_token(process.client))
            for process in PROCESSES[:2]
        }
        await self._service("goals", ports["goals"], self._environments["goals"])
        await self._alignment("all")
        self.goals, self.alignment, self.peer = [await self._pool(url) for url in urls.values()]
        await self.goals.execute(_STAGED)
        self._staging = await self._pool(urls["goals"], server_settings={"search_path": "staged"})

    async def _alignment(self, share: str) -> None:
        (port,) = free_ports(1)
        variables = {"GOLDENTHREAD_SHARE": share, "GOLDENTHREAD_HTTP_PORT": str(port)}
        variables |= _PATIENT if share == "all" else {}
        await self._service("alignment", port, self._environments["alignment"] | variables)

    async def _service(self, name: str, port: int, variables: dict[str, str]) -> None:
        (process,) = (each for each in PROCESSES if each.name == name)
        log = self._folder / "logs" / f"{name}.log"
        every = variables | self._variables
        service = ServiceProcess(name, process.command, port=port, log=log, environment=lambda: every)
        await service.start()
        self._open.push_async_callback(service.stop)
        self._services[name] = service

    async def _pool(self, url: Secret, **more: Any) -> asyncpg.Pool:
        return await self._open.enter_async_context(asyncpg.create_pool(url.reveal(), min_size=1, max_size=4, **more))

    @property
    def _pid(self) -> int:
        """Of alignment. Raises RuntimeError when it has ended."""
        pid = self._services["alignment"].pid
        if pid is None:
            raise RuntimeError("alignment has ended")
        return pid

    def _signal(self, which: signal.Signals) -> None:
        os.kill(self._pid, which)
