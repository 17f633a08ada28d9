"""Somebody who only asks a small query and changes something now and then, and the process that answers."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from benchmarks._graphql_requests import GraphQLRequests
from goldenthread.launcher import instance_file

SMALL = "{ organization { revision } }"
_ASK = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { revision errors { message } } }"
EVERY = 0.02
_CHANGE_EVERY = 0.25
PATIENCE = 20.0
"""Seconds until a question is given up."""
AWAY = (OSError, EOFError, TimeoutError, RuntimeError, ValueError, IndexError)
"""What comes of a question that is not answered, or with an error."""
_LINES = 400
"""Connections, at most: who asks on time needs many while nobody answers."""
_CHANGES = "subscription { alertChanged { id } }"


class WaitTimes:
    """What one kind of request waited: seconds from when it was due to its answer, or to its being given up."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.unanswered = 0

    def quantile_ms(self, part: float) -> float:
        """What this part of the requests waited at most."""
        return round(sorted(self.seconds)[ceil(len(self.seconds) * part) - 1] * 1000, 1)

    async def measure(self, asked: Awaitable[Any], due: float) -> None:
        """Wait for the answer of a request that was `due` then."""
        try:
            async with asyncio.timeout(PATIENCE):
                await asked
        except AWAY:
            self.unanswered += 1
        self.seconds.append(perf_counter() - due)


class Bystander:
    """Asks a small query every 20 ms, and a question about `goal` (a mutation) every 250 ms, until it is `enough`.

    It does so whether the last request was answered or not.
    """

    def __init__(self, url: str, token: str, goal: dict[str, Any]) -> None:
        self._url, self._token, self._goal = url, token, goal
        self.queries, self.mutations = WaitTimes(), WaitTimes()
        self.enough = False

    async def ask(self) -> None:
        """Ask; returns when every request was answered or given up."""
        goal = self._goal
        with closing(GraphQLRequests(self._url, self._token, _LINES)) as ask:
            async with asyncio.TaskGroup() as asking:
                query, mutation = (
                    partial(ask, SMALL),
                    partial(ask, _ASK, about=goal["id"], unit=goal["owners"][0]["id"], body="Why?"),
                )
                asking.create_task(self._repeat(asking, self.queries, query, EVERY))
                asking.create_task(self._repeat(asking, self.mutations, mutation, _CHANGE_EVERY))

    async def _repeat(
        self, asking: asyncio.TaskGroup, waits: WaitTimes, ask: Callable[[], Awaitable[Any]], every: float
    ) -> None:
        due = perf_counter()
        while not self.enough:
            await asyncio.sleep(max(0.0, due - perf_counter()))
            asking.create_task(waits.measure(ask(), due))
            due += every

    async def subscribed(self) -> ClientConnection:
        """A socket with a subscription on it."""
        protocol = Subprotocol("graphql-transport-ws")
        socket = await connect(self._url.replace("http", "ws", 1), subprotocols=[protocol], ping_interval=None)
        token = {"Authorization": f"Bearer {self._token}"}
        await socket.send(json.dumps({"type": "connection_init", "payload": token}))
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": _CHANGES}}))
        return socket


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


class GatewayProcess:
    """The gateway's process on a data dir."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._data_dir = Path(said["dataDir"])
        self.peak_mb = 0.0

    @property
    def pid(self) -> int:
        """Its process id now: another one after it was replaced."""
        found = instance_file.find(self._data_dir)
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
