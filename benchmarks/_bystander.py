"""Somebody who only asks a small query now and then, and the process that answers: what `hostile` watches."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import closing
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks._asking import Asker
from goldenthread.launcher import state

SMALL = "{ organization { revision } }"
EVERY = 0.02
PATIENCE = 20.0
"""Seconds until a question is given up."""
AWAY = (OSError, EOFError, TimeoutError, RuntimeError, ValueError, IndexError)
"""What comes of a question that is not answered, or with an error."""
_LINES = 400
"""Connections, at most: who asks on time needs many while nobody answers."""
_CHANGES = "subscription { alertChanged { id } }"


class Bystander:
    """Asks a small query every 20 ms until it is `enough`, whether the last one was answered or not."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token
        self.waits: list[float] = []
        """Seconds from when a question was due to its answer, or to its being given up."""
        self.unanswered = 0
        self.enough = False

    async def ask(self) -> None:
        """Ask; returns when every question was answered or given up."""
        due = perf_counter()
        with closing(Asker(self._url, self._token, _LINES)) as ask:
            async with asyncio.TaskGroup() as asking:
                while not self.enough:
                    await asyncio.sleep(max(0.0, due - perf_counter()))
                    asking.create_task(self._one(ask, due))
                    due += EVERY

    def quantile_ms(self, part: float) -> float:
        """What this part of the questions waited at most."""
        return round(sorted(self.waits)[ceil(len(self.waits) * part) - 1] * 1000, 1)

    async def subscribed(self) -> ClientConnection:
        """A socket with a subscription on it."""
        protocol = Subprotocol("graphql-transport-ws")
        socket = await connect(self._url.replace("http", "ws", 1), subprotocols=[protocol], ping_interval=None)
        token = {"Authorization": f"Bearer {self._token}"}
        await socket.send(json.dumps({"type": "connection_init", "payload": token}))
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": _CHANGES}}))
        return socket

    async def _one(self, ask: Asker, due: float) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await ask(SMALL)
        except AWAY:
            self.unanswered += 1
        self.waits.append(perf_counter() - due)


async def state_of(socket: ClientConnection) -> str:
    """Whether a subscription is still served; the socket is gone afterwards."""
    try:
        async with asyncio.timeout(PATIENCE):
            await (await socket.ping())
        return "open"
    except ConnectionClosed as closed:
        return f"cut off ({closed.rcvd.code if closed.rcvd is not None else 'no close frame'})"
    except TimeoutError:
        return "did not answer"
    finally:
        socket.transport.abort()


class Gateway:
    """The gateway's process on a data dir."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._data_dir = Path(said["dataDir"])
        self.peak_mb = 0.0

    @property
    def pid(self) -> int:
        """Its process id now: another one after it was replaced."""
        found = state.find(self._data_dir)
        return 0 if found is None else found.pids.get("gateway", 0)

    def resident_mb(self) -> float:
        """Its memory in use; 0 while it does not run."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        except OSError:
            return 0.0
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)

    def cpu_seconds(self) -> float:
        """What it has spent; 0 while it does not run."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def watch(self) -> None:
        """Keep the highest memory, until cancelled."""
        while True:
            self.peak_mb = max(self.peak_mb, self.resident_mb())
            await asyncio.sleep(0.05)
