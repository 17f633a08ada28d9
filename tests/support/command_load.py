"""A mixed load of commands that goes on whatever is killed, and knows afterwards what was acknowledged."""

from __future__ import annotations

import asyncio
import random
import uuid
from typing import Any, Protocol

import httpx

from tests.support.graphql_client import Client

_PATIENCE = 60.0


class Commanded(Protocol):
    """An organization without objectives, its administrator, and its root unit."""

    @property
    def admin(self) -> Client: ...
    @property
    def root(self) -> str: ...


class CommandLoad:
    """`writers` people who create, link, check in, revise and archive, each command under a key of its own; each waits
    for `pause` seconds after a command.

    A command that is not answered, or answered UNAVAILABLE, is sent again under the same key, as a client should.
    """

    def __init__(self, org: Commanded, why: str, writers: int = 4, seed: int = 0, pause: float = 0) -> None:
        self._org, self._why, self._pause = org, why, pause
        self._random = random.Random(seed)
        self._stopped = asyncio.Event()
        self._writers = writers
        self._tasks: list[asyncio.Task[None]] = []
        self.acknowledged: dict[str, str] = {}
        """title → objective."""
        self.readings: dict[str, float] = {}
        """key result → the last value that was acknowledged."""
        self.commands = 0
        self.revision = 0
        """The last one that was acknowledged."""

    async def __aenter__(self) -> CommandLoad:
        self._tasks = [asyncio.create_task(self._write(number)) for number in range(self._writers)]
        return self

    async def __aexit__(self, kind: Any, *_: object) -> None:
        self._stopped.set()
        await asyncio.gather(*self._tasks, return_exceptions=kind is not None)

    async def more(self, commands: int) -> None:
        """Wait until that many more commands were acknowledged."""
        wanted = self.commands + commands
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while self.commands < wanted:
            assert asyncio.get_running_loop().time() < deadline, "the load does not get through"
            for task in self._tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(0.01)

    async def _write(self, writer: int) -> None:
        number = 0
        while not self._stopped.is_set():
            number += 1
            title = f"Goal {writer}.{number}"
            link = {"parent": self._why, "because": "it serves"} if self._random.random() < 0.8 else None
            input = {
                "title": title,
                "owners": [self._org.root],
                "linkTo": link,
                "keyResults": [{"title": "Measure", "targetValue": 100}],
            }
            payload = await self._send("createObjective", "objective { id keyResults { id } }", input)
            objective = payload["objective"]["id"]
            assert title not in self.acknowledged
            self.acknowledged[title] = objective
            (result,) = payload["objective"]["keyResults"]
            for value in range(self._random.randrange(3)):
                await self._send("checkIn", "checkIn { id }", {"keyResult": result["id"], "value": value + number})
                self.readings[result["id"]] = value + number
            if self._random.random() < 0.2:
                await self._send("archiveObjective", "objective { id }", {"objective": objective})

    async def _send(self, name: str, shown: str, input: dict[str, Any]) -> dict[str, Any]:
        keyed = {**input, "idempotencyKey": uuid.uuid4().hex}
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            try:
                payload = await self._org.admin.try_(name, f"revision {shown}", keyed)
                if not payload["errors"]:
                    self.commands += 1
                    self.revision = max(self.revision, payload["revision"])
                    await asyncio.sleep(self._pause)
                    return payload
                problem: object = payload["errors"]
                assert {each["code"] for each in payload["errors"]} == {"UNAVAILABLE"}, payload
            except httpx.HTTPError as error:
                problem = error
            except AssertionError as error:
                if "UNAVAILABLE" not in str(error):
                    raise
                problem = error
            assert asyncio.get_running_loop().time() < deadline, f"{name} never got through: {problem}"
            await asyncio.sleep(0.05)

    async def assert_kept(self) -> None:
        """Everything acknowledged is there, exactly once, as soon as the gateway shows the last of it."""
        shown = "{ organization { revision } }"
        await self._org.admin.until(shown, lambda d: d["organization"]["revision"] >= self.revision)
        found: list[dict[str, Any]] = []
        after = None
        while True:
            data = await self._org.admin.ask(
                """query O($after: String) { objectives(after: $after) { pageInfo { hasNextPage endCursor }
                   nodes { id title keyResults { id currentValue } } } }""",
                after=after,
            )
            found += data["objectives"]["nodes"]
            if not data["objectives"]["pageInfo"]["hasNextPage"]:
                break
            after = data["objectives"]["pageInfo"]["endCursor"]
        assert {node["title"]: node["id"] for node in found} == self.acknowledged
        assert len(found) == len(self.acknowledged)
        values = {each["id"]: each["currentValue"] for node in found for each in node["keyResults"]}
        assert {id: values[id] for id in self.readings} == self.readings
