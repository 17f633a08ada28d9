"""Apache Kafka itself: one node, broker and controller in one (KRaft), as a child process.

It has the interface of the launcher's embedded broker, and unlike it keeps its records over `stop`, `kill` and `start`.
Topics come from `contracts.topics` alone: the broker refuses to create one because a client mentioned it.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import signal
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from goldenthread.launcher.child_process import spawn, stop
from goldenthread.launcher.errors import LaunchError, ended_too_early, not_ready
from goldenthread.launcher.ports import HOST, free_ports, is_free
from goldenthread.launcher.topic_creation import TopicsDiffer, ensure_topics
from tests.support.apache_kafka.jars import jars, java
from tests.support.apache_kafka.stored_batches import StoredBatch, batches

_log = logging.getLogger(__name__)
_LOGGING = Path(__file__).with_name("log4j2.properties")
_SMALL = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


class ApacheKafka:
    """A node with the topics of `contracts.topics`; its records live in `folder`."""

    name = "broker"
    _options: tuple[str, ...] = ()
    """Further options of the virtual machine."""

    def __init__(self, folder: Path) -> None:
        self.port, self._controller = free_ports(2)
        self.log = folder / "logs" / "apache-kafka.log"
        self._folder = folder / "apache-kafka"
        self.version = "was never ready"
        """What the broker itself said it is when it last started: `4.1.1`."""
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    @property
    def address(self) -> str:
        """What clients call the bootstrap server."""
        return f"{HOST}:{self.port}"

    async def start(self, patience: float = 90.0) -> None:
        """Format the storage the first time, and run; returns when every topic exists."""
        try:
            if not (self._folder / "data" / "meta.properties").exists():
                await self._format()
            self._process = await spawn(self._java("kafka.Kafka", str(self._settings)), log=self.log)
            await self._ready(self._process, patience)
            self.version = self._said_version()
        except BaseException:
            await self.stop()
            raise

    async def wait(self) -> int:
        """The exit code, once the broker has ended."""
        return 0 if self._process is None else await self._process.wait()

    async def stop(self) -> None:
        """Stop the broker in order; its records stay."""
        if self._process is not None:
            await stop(self._process, signal.SIGTERM, patience=30)

    async def kill(self) -> None:
        """End the broker without a warning; its records stay."""
        if self._process is not None:
            await stop(self._process, signal.SIGKILL, patience=30)

    def stored(self, topic: str, partition: int) -> list[StoredBatch]:
        """What it keeps of a partition, in order, read from its own files."""
        return batches(self._folder / "data" / f"{topic}-{partition}")

    async def restart(self) -> None:
        """Stop it and start it at the same address."""
        await self.stop()
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _more_settings(self, settings: str) -> str:
        """Lines that take the place of those of the same names, for brokers of other kinds."""
        return ""

    @property
    def _settings(self) -> Path:
        return self._folder / "server.properties"

    def _said_version(self) -> str:
        said = re.findall(r"Kafka version: (\S+)", self.log.read_text(errors="replace"))
        if not said:
            raise LaunchError(f"{self.log} does not say which Kafka it is from")
        return str(said[-1])

    async def _format(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        data = self._folder / "data"
        settings = _SETTINGS.format(host=HOST, port=self.port, controller=self._controller, data=data)
        self._settings.write_text(settings + self._more_settings(settings))
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = self._java("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self._settings))
        process = await spawn(tool, log=self.log)
        if code := await process.wait():
            raise ended_too_early("formatting Apache Kafka's storage", code, self.log)

    async def _ready(self, process: asyncio.subprocess.Process, patience: float) -> None:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if process.returncode is not None:
                raise ended_too_early(self.name, process.returncode, self.log)
            if not is_free(self.port):
                try:
                    await ensure_topics(self.address)
                except TopicsDiffer:
                    raise
                except LaunchError as error:
                    _log.info("%s does not create topics yet: %s", self.address, error)
                else:
                    return
            await asyncio.sleep(0.2)
        raise not_ready(self.name, patience, self.log)

    def _java(self, main: str, *arguments: str) -> list[str | Path]:
        logging = f"-Dlog4j2.configurationFile={_LOGGING}"
        return [java(), *_SMALL, *self._options, logging, "-cp", f"{jars()}/*", main, *arguments]
