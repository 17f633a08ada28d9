"""PostgreSQL, the embedded broker and the four processes, and what each of them has used: for `capacity`."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

import asyncpg

from benchmarks._processor_time import children_of, seconds_of
from goldenthread.contracts.envelope import Event
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.key_creation import ensure_keys
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.topology import DATABASES, PROCESSES, Process, Wiring, environment
from goldenthread.runtime.keys.purposes import PURPOSES
from goldenthread.runtime.outbox import store as outbox

_PATIENCE, _SETTLED = 240.0, 4.0
_HELD_FOR_LONG = {"GOLDENTHREAD_KAFKA_SESSION_TIMEOUT_MS": "60000"}
"""A consumer that is held still for a while stays a member of its group."""
_BYTES = """
    SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
_MIB = 2**20


class CapacityServices:
    """Everything that an installation runs, in `folder`. `pools` are connections to the databases, by their names.

    `variables` are added to the environment of the processes.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self._folder, self._variables = folder, {**_HELD_FOR_LONG, **(variables or {})}
        self._open = AsyncExitStack()
        self._services: dict[str, ServiceProcess] = {}
        self._postgres: Postgres
        self.issuer: Issuer
        self.pools: dict[str, asyncpg.Pool] = {}
        self._idle: dict[str, float] = {}
        """Of a core, by process."""
        self._began = 0.0

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

    def url(self, process: str) -> str:
        """Where a process answers HTTP."""
        return self._services[process].url

    def spent(self, process: str) -> float:
        """Seconds of a core that a process has used so far, without what it uses while nothing happens (it asks the
        embedded broker for more a hundred times a second); of PostgreSQL, those of its connections that are open.
        Raises RuntimeError when it has ended.
        """
        return self._used(process) - self._idle.get(process, 0.0) * (perf_counter() - self._began)

    async def watch_idle(self) -> None:
        """Learn what each process uses while nothing happens. Takes some seconds."""
        names = [*self._services, "postgres"]
        await asyncio.sleep(_SETTLED)
        self._began, used = perf_counter(), {name: self._used(name) for name in names}
        await asyncio.sleep(_SETTLED)
        passed = perf_counter() - self._began
        self._idle = {name: (self._used(name) - used[name]) / passed for name in names}

    def memory(self, process: str) -> float:
        """MiB that are resident (Linux)."""
        pages = int(Path(f"/proc/{self._pid(process)}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / _MIB

    def hold(self, process: str) -> None:
        """It is held still, as if the machine had no time for it."""
        os.kill(self._pid(process), signal.SIGSTOP)

    def go_on(self, process: str) -> None:
        """It goes on."""
        os.kill(self._pid(process), signal.SIGCONT)

    async def disk(self, database: str) -> int:
        """Bytes of a database's tables with their indexes, after it was tidied up."""
        await self.pools[database].execute("VACUUM ANALYZE")
        found: int = await self.pools[database].fetchval(_BYTES)
        return found

    async def log_position(self) -> int:
        """Bytes of write-ahead log that PostgreSQL has written so far, of all databases together."""
        found: int = await self.pools["goals"].fetchval("SELECT (pg_current_wal_lsn() - '0/0')::bigint")
        return found

    async def transactions(self) -> int:
        """Transactions that PostgreSQL has committed so far, in the three databases."""
        query = "SELECT sum(xact_commit)::bigint FROM pg_stat_database WHERE datname = ANY($1)"
        found: int = await self.pools["goals"].fetchval(query, list(DATABASES))
        return found

    async def write(self, commits: Iterable[Sequence[Event]]) -> None:
        """Commits of one organization into goals' outbox, in one transaction."""
        events = [event for commit in commits for event in commit]
        async with self.pools["goals"].acquire() as connection, connection.transaction():
            await outbox.append(connection, events[0].organization, events)

    async def relayed(self, database: str) -> None:
        """Returns when the broker has everything that a service has stored."""
        await self._until(database, "SELECT NOT EXISTS (SELECT FROM streams WHERE published < sequence)")

    async def folded(self, process: str, ends: dict[str, int]) -> float:
        """When a projection has saved these organizations up to their last events of goals. Raises TimeoutError."""
        done = """SELECT count(*) = cardinality($1::text[]) FROM unnest($1::text[], $2::bigint[]) AS due (id, sequence)
                  JOIN streams ON organization = due.id AND judged >= due.sequence"""
        return await self._until(process, done, list(ends), list(ends.values()))

    async def heard(self, ends: dict[str, int]) -> float:
        """When notifications has saved these organizations, up to the last events of both streams that it follows."""
        await self.folded("alignment", ends)
        await self.folded("notifications", ends)
        found = await self.pools["alignment"].fetch(
            "SELECT organization, sequence FROM streams WHERE organization = ANY($1)", list(ends)
        )
        done = """SELECT count(*) = cardinality($1::text[]) FROM unnest($1::text[], $2::bigint[]) AS due (id, sequence)
                  JOIN projections ON organization = due.id
                  AND (standing #>> '{positions,/goldenthread/alignment,0}')::bigint >= due.sequence"""
        return await self._until("notifications", done, [row[0] for row in found], [row[1] for row in found])

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _until(self, database: str, condition: str, *arguments: object) -> float:
        async with asyncio.timeout(_PATIENCE):
            while not await self.pools[database].fetchval(condition, *arguments):  # noqa: ASYNC110 - a database tells nobody
                await asyncio.sleep(0.05)
        return perf_counter()

    def _used(self, process: str) -> float:
        pid = self._pid(process)
        return seconds_of(pid) if process != "postgres" else sum(map(_seconds_while_running, children_of(pid)))

    def _pid(self, process: str) -> int:
        pid = self._postgres.pid if process == "postgres" else self._services[process].pid
        if pid is None:
            raise RuntimeError(f"{process} has ended")
        return pid

    async def _start(self) -> None:
        self._postgres = await self._open.enter_async_context(Postgres(self._folder))
        broker = await self._open.enter_async_context(Broker(self._folder))
        names = [process.name for process in PROCESSES]
        ports = dict(zip(("issuer", *names), free_ports(1 + len(names)), strict=True))
        self.issuer = Issuer.load(self._folder, f"http://127.0.0.1:{ports['issuer']}")
        server = IssuerServer(self.issuer, ports["issuer"])
        await server.start()
        self._open.push_async_callback(server.stop)
        urls = {name: self._postgres.url(name) for name in DATABASES}
        keys = str(ensure_keys(self._folder / "keys.json", PURPOSES))
        wiring = Wiring(
            urls, broker.address, True, ports, self.issuer.url, self.issuer.audience, keys_file=keys
        )  # fmt: skip
        for process in PROCESSES:
            variables = environment(process, wiring, self.issuer.service_token(process.client)) | self._variables
            await self._service(process, ports[process.name], variables)
        for name, url in urls.items():
            pool = asyncpg.create_pool(url.reveal(), min_size=1, max_size=4)
            self.pools[name] = await self._open.enter_async_context(pool)

    async def _service(self, process: Process, port: int, variables: dict[str, str]) -> None:
        log = self._folder / "logs" / f"{process.name}.log"
        service = ServiceProcess(process.name, process.command, port=port, log=log, environment=lambda: variables)
        await service.start()
        self._open.push_async_callback(service.stop)
        self._services[process.name] = service


def _seconds_while_running(pid: int) -> float:
    try:
        return seconds_of(pid)
    except ProcessLookupError:  # a helper of PostgreSQL that has done its work
        return 0.0
