"""Everything on one machine: what `goldenthread up` runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from goldenthread.contracts.secret import Secret
from goldenthread.contracts.topics import PARTITIONS, topics
from goldenthread.launcher import gateway_address, instance_file, private_file
from goldenthread.launcher.broker import Broker
from goldenthread.launcher.databases import database_url, ensure_databases
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.instance_file import DATA_DIR, Instance
from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.issuer_server import IssuerServer
from goldenthread.launcher.key_creation import ensure_keys
from goldenthread.launcher.log_shortening import keep_short
from goldenthread.launcher.otel_variables import otel_variables
from goldenthread.launcher.ports import HOST, ports_of, remembered_ports
from goldenthread.launcher.postgres import Postgres
from goldenthread.launcher.service_process import ServiceProcess
from goldenthread.launcher.service_tokens import ServiceTokens
from goldenthread.launcher.supervisor import Component, ComponentReady, Supervisor, SupervisorEvent
from goldenthread.launcher.topic_creation import ensure_topics
from goldenthread.launcher.topology import EMBEDDED_PARTITIONS, GATEWAY, PROCESSES, Process, Wiring, environment


@dataclass(frozen=True)
class Options:
    """What a person may choose: `postgres` (a URL) and `kafka` (HOST:PORT) name servers to use, not embedded ones.

    The gateway alone listens on `host`; everything else is for this machine only.
    """

    data_dir: Path = DATA_DIR
    postgres: Secret | None = None
    kafka: str | None = None
    host: str = HOST
    gateway_port: int | None = None
    partitions: int | None = None
    """Of each stream, of an installation that is made now; unless given, few on the embedded broker."""
    processes: Sequence[Process] = PROCESSES


class Machine:
    """One instance. `tell` hears what happens to its components while it runs."""

    def __init__(self, options: Options, tell: Callable[[SupervisorEvent], None] = lambda _: None) -> None:
        self._options = options
        self._data_dir = options.data_dir.resolve()
        self._tell = tell
        self._held = ExitStack()
        self._supervisor: Supervisor | None = None
        self._instance: Instance | None = None
        self._components: list[Component] = []
        self._beside: list[asyncio.Task[None]] = []

    @property
    def instance(self) -> Instance:
        """Where everything is, once it has started."""
        if self._instance is None:
            raise LaunchError("the instance has not started")
        return self._instance

    async def start(self) -> Instance:
        """Start everything; returns when all of it is ready. On an error nothing stays behind."""
        self._held.enter_context(instance_file.claim(self._data_dir))
        try:
            ports_file = self._data_dir / "ports.json"
            before = ports_of(ports_file)
            ports = await self._ports(ports_file)
            issuer = self._issuer(before.get("issuer", ports["issuer"]), ports["issuer"])
            await self._run(ports, issuer)
        except BaseException:
            await self.stop()
            raise
        return self.instance

    async def until_asked(self) -> None:
        """Returns when SIGINT or SIGTERM asks to stop."""
        if self._supervisor is not None:
            await self._supervisor.until_asked()

    async def stop(self) -> None:
        """Stop everything, in reverse order."""
        self._instance = None
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        try:
            if self._supervisor is not None:
                await self._supervisor.stop()
        finally:
            self._held.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _ports(self, file: Path) -> dict[str, int]:
        """A port for everything. A process that is left out has one all the same: others ask there in vain."""
        gateway_address.check(self._options.host)
        processes = dict.fromkeys(process.name for process in (*PROCESSES, *self._options.processes))
        inner = [name for name in processes if name != GATEWAY]
        ports = await remembered_ports(file, ("postgres", "broker", "issuer", *inner))
        options = self._options
        ports[GATEWAY] = await gateway_address.gateway_port(file, options.host, options.gateway_port, self._held)
        return ports

    def _issuer(self, first: int, port: int) -> Issuer:
        """The issuer of this data dir. Its identifier names the port it `first` had, for good: logins hold it."""
        identifier = private_file.read_or_create(self._data_dir / "issuer.id", lambda: f"http://{HOST}:{first}").strip()
        return Issuer.load(self._data_dir, identifier, url=f"http://{HOST}:{port}")

    def _partitions(self) -> int:
        """The number that this data dir was begun with. Raises LaunchError when another one is asked for."""
        asked, file = self._options.partitions, self._data_dir / "partitions"
        usual = EMBEDDED_PARTITIONS if self._options.kafka is None else PARTITIONS
        chosen = private_file.read_or_create(file, lambda: str(asked or usual)).strip()
        if not chosen.isdecimal() or int(chosen) == 0:
            raise LaunchError(f"{file} is damaged: it is to hold a number of partitions")
        if asked not in (None, int(chosen)):
            raise LaunchError(f"this instance has {chosen} partitions, not {asked}: they are chosen when it is made")
        return int(chosen)

    def _keys_file(self) -> str:
        """The encryption keys of this data dir, made the first time."""
        purposes = {purpose for process in self._options.processes for purpose in process.keys}
        return str(ensure_keys(self._data_dir / "keys.json", sorted(purposes)))

    async def _run(self, ports: dict[str, int], issuer: Issuer) -> None:
        below: list[Component] = [IssuerServer(issuer, ports["issuer"])]
        databases = await self._databases(ports["postgres"], below)
        partitions = self._partitions()
        kafka = await self._kafka(ports["broker"], partitions, below)
        wiring = Wiring(
            databases,
            kafka,
            self._options.kafka is None,
            ports,
            issuer.identifier,
            issuer.audience,
            issuer.url,
            partitions=partitions,
            gateway_host=self._options.host,
            keys_file=self._keys_file(),
        )
        tokens = ServiceTokens(issuer, self._data_dir / "tokens", [each.client for each in self._options.processes])
        tokens.renew()
        services = [self._service(process, wiring, tokens) for process in self._options.processes]
        foreign = [component.log for component in below if isinstance(component, Postgres | Broker)]
        self._keep([tokens.keep_valid(), keep_short(foreign)])
        self._components = [*below, *services]
        self._supervisor = Supervisor([below, services], tell=self._heard)
        await self._supervisor.start()
        self._publish(_describe(wiring, self._options.processes, self._data_dir))

    async def _databases(self, port: int, components: list[Component]) -> dict[str, Secret]:
        names = [process.name for process in self._options.processes if process.database]
        if self._options.postgres is not None:
            await ensure_databases(self._options.postgres, names)
            return {name: database_url(self._options.postgres, name) for name in names}
        server = Postgres(self._data_dir, port=port, databases=names)
        components.append(server)
        return {name: server.url(name) for name in names}

    async def _kafka(self, port: int, partitions: int, components: list[Component]) -> str:
        if self._options.kafka is not None:
            await ensure_topics(self._options.kafka, topics(partitions))
            return self._options.kafka
        broker = Broker(self._data_dir, port=port, topics=topics(partitions))
        components.append(broker)
        return broker.address

    def _keep(self, work: Iterable[Coroutine[Any, Any, None]]) -> None:
        """Do this beside the components, as long as they run."""
        self._beside = [asyncio.create_task(each, name="launcher's upkeep") for each in work]

    def _service(self, process: Process, wiring: Wiring, tokens: ServiceTokens) -> ServiceProcess:
        log = self._data_dir / "logs" / f"{process.name}.log"

        def variables() -> dict[str, str]:
            ours = environment(process, wiring, tokens.file(process.client), log)
            return otel_variables(process.name, os.environ) | ours

        return ServiceProcess(
            process.name,
            process.command,
            host=wiring.host(process.name),
            port=wiring.ports[process.name],
            log=log,
            environment=variables,
        )

    def _heard(self, event: SupervisorEvent) -> None:
        if isinstance(event, ComponentReady) and self._instance is not None:
            self._publish(self._instance)
        self._tell(event)

    def _publish(self, instance: Instance) -> None:
        pids = {
            component.name: pid
            for component in self._components
            if (pid := getattr(component, "pid", None)) is not None
        }
        self._instance = msgspec.structs.replace(instance, pids=pids)
        instance_file.publish(self._data_dir, self._instance)


def _describe(wiring: Wiring, processes: Sequence[Process], data_dir: Path) -> Instance:
    return Instance(
        pid=os.getpid(),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        graphql=f"{wiring.url('gateway')}/graphql",
        urls={process.name: wiring.url(process.name) for process in processes},
        kafka=wiring.kafka,
        databases=dict(wiring.databases),
        issuer=wiring.issuer,
        audience=wiring.audience,
        pids={},
        logs=str(data_dir / "logs"),
    )
