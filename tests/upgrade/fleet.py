"""Processes of two releases on the same databases and the same broker, each process behind one address."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_ports
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.topology import PROCESSES, Wiring, environment
from tests.support.asgi_server import eventually
from tests.upgrade.balancer import Balancer
from tests.upgrade.release import ReleaseCode, RunnableProcess, release

log = logging.getLogger(__name__)
OLD, NEW = "old", "new"
NAMES = tuple(process.name for process in PROCESSES)
_OF_ALL = {"GOLDENTHREAD_WEBHOOK_PRIVATE": "true", "GOLDENTHREAD_KAFKA_FETCH_WAIT_MS": "50"}
"""Settings of every replica. Up to eight ask the broker all the time, so each asks less often than it would alone."""
_WORK = {
    "goals": "goldenthread_commands_total",
    "alignment": "goldenthread_events_folded_total",
    "notifications": "goldenthread_events_folded_total",
    "gateway": "goldenthread_graphql_duration_seconds_count",
}
"""What each counts of its work."""
_UNFORESEEN = "goldenthread_unforeseen_errors_total"
_NEVER = (
    _UNFORESEEN,
    "goldenthread_quarantined_organizations",
    "goldenthread_quarantined_clocks",
    "goldenthread_unreadable_secrets",
)
"""What no process may count."""


@dataclass(frozen=True)
class Replica:
    """A process of one of the releases."""

    name: str
    version: str
    service: ServiceProcess


class Fleet:
    """The replicas that run. Everybody speaks to a process at the address of its balancer."""

    def __init__(
        self, wiring: Wiring, issuer: Issuer, code: ReleaseCode, folder: Path, http: httpx.AsyncClient
    ) -> None:
        self.urls = {name: wiring.url(name) for name in NAMES}
        self._http, self._folder = http, folder
        self._balancers = {name: Balancer(wiring.ports[name]) for name in NAMES}
        tokens = {name: issuer.service_token(f"goldenthread-{name}") for name in NAMES}
        self._runs = {OLD: code.processes(_told(wiring), tokens), NEW: _ours(wiring, tokens)}
        self._replicas: list[Replica] = []

    def running(self, name: str | None = None, version: str | None = None) -> list[Replica]:
        """The replicas of a process and a release, or of all."""
        return [each for each in self._replicas if name in (None, each.name) and version in (None, each.version)]

    async def start(self, version: str, *names: str) -> None:
        """A replica of each process named, beside those that run; returns when all are ready and get requests."""
        ports = free_ports(len(names))
        await asyncio.gather(*(self._start(version, name, port) for name, port in zip(names, ports, strict=True)))

    async def end(self, version: str, name: str) -> None:
        """End the replicas of a process as Kubernetes does: no new requests, then SIGTERM."""
        for replica in self.running(name, version):
            await self.assert_healthy(replica)
            self._balancers[name].backends.remove(replica.service.port)
            log.info("ending %s of the %s release", name, version)
            await replica.service.stop()
            assert await replica.service.wait() == 0, f"{name} of the {version} release did not end by itself"
            self._replicas.remove(replica)

    async def all_work(self, *names: str) -> None:
        """Returns when every replica of these processes has done something since. Meanwhile callers get new connections
        again and again, so that each replica is called.
        """
        before = {each.service.port: await self.count(each, _WORK[each.name]) for each in self._of(names)}

        async def worked() -> bool:
            counts = [await self.count(each, _WORK[each.name]) > before[each.service.port] for each in self._of(names)]
            if not all(counts):
                await asyncio.sleep(0.5)
                for name in names:
                    self._balancers[name].end_quiet_connections()
            return all(counts)

        await eventually(worked, 60)

    async def assert_healthy(self, replica: Replica) -> None:
        """It has met no error that nobody foresaw, and quarantined nothing. A release with known errors counts them as
        unforeseen, too: there its log says more (`process_logs`).
        """
        known = replica.version == OLD and release().known_errors
        counts = {name: await self.count(replica, name) for name in _NEVER if not (known and name == _UNFORESEEN)}
        assert not any(counts.values()), (replica.name, replica.version, counts)

    async def count(self, replica: Replica, metric: str) -> float:
        """The sum of a metric of a process, over its labels."""
        page = (await self._http.get(f"{replica.service.url}/metrics")).raise_for_status().text
        families = text_string_to_metric_families(page)
        return sum(each.value for family in families for each in family.samples if each.name == metric)

    def logs(self, version: str) -> list[Path]:
        """What the processes of a release wrote."""
        return sorted(self._folder.glob(f"{version}-*.log"))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Its addresses are there; whatever runs at the end is ended."""
        async with AsyncExitStack() as stack:
            for each in self._balancers.values():
                await stack.enter_async_context(each)
            try:
                yield
            finally:
                await asyncio.gather(*(each.service.stop() for each in self._replicas))

    def _of(self, names: Sequence[str]) -> list[Replica]:
        return [each for each in self._replicas if each.name in names]

    async def _start(self, version: str, name: str, port: int) -> None:
        run = self._runs[version][name]
        told = run.environment | _OF_ALL | {"GOLDENTHREAD_HTTP_PORT": str(port)}
        file = self._folder / f"{version}-{name}-{port}.log"
        service = ServiceProcess(name, run.command, port=port, log=file, environment=lambda: told, patience=60)
        log.info("starting %s of the %s release", name, version)
        await service.start()
        self._replicas.append(Replica(name, version, service))
        self._balancers[name].add(port)


def _told(wiring: Wiring) -> dict[str, object]:
    """The wiring as JSON has it."""
    told = {field.name: getattr(wiring, field.name) for field in fields(wiring)}
    return told | {"databases": {name: url.reveal() for name, url in wiring.databases.items()}}


def _ours(wiring: Wiring, tokens: Mapping[str, str]) -> dict[str, RunnableProcess]:
    return {
        each.name: RunnableProcess(
            list(each.command), environment(each, wiring, tokens[each.name]) | {"GOLDENTHREAD_MIGRATE": "off"}
        )
        for each in PROCESSES
    }
