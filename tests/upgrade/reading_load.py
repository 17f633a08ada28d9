"""Readers who ask and listen all the time, whatever is exchanged behind them."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.support.command_load import CommandLoad
from tests.support.graphql_client import Client

_ASKED = "{ organization { revision } objectives(first: 20) { totalCount nodes { id title alignment { state } } } }"
_CHANGES = """subscription($after: Int) {
    goalTreeChanged(afterRevision: $after) { revision changed { id } links { id } removed } }"""
_AWAY = (httpx.HTTPError, OSError, ConnectionClosed, InvalidHandshake, TimeoutError)


class ReadingLoad:
    """Somebody who reads what `load` has written, and somebody who hears every change of the goal tree."""

    def __init__(self, client: Client, load: CommandLoad) -> None:
        self._client, self._load = client, load
        self._stopped = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.answers = 0
        self.connections = 0
        self.heard: list[dict[str, Any]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._ask()), asyncio.create_task(self._listen())]
        return self

    async def __aexit__(self, kind: Any, *_: object) -> None:
        self._stopped.set()
        self._tasks[1].cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in ended:
            if kind is None and isinstance(each, Exception):
                raise each

    async def assert_heard_everything(self) -> None:
        """Each change was heard once and in order, over all connections: what somebody hears who asks for all now."""
        assert self.heard, "nothing was heard"
        variables = {"after": self.heard[0]["revision"] - 1}
        async with self._client.subscribed(_CHANGES, **variables) as again:
            said = [await again.next() for _ in self.heard]
        assert [each["revision"] for each in self.heard] == [each["revision"] for each in said]
        assert [each["changed"] for each in self.heard] == [each["changed"] for each in said]

    async def _ask(self) -> None:
        """Everything that was acknowledged before is in the answer, whichever gateway gives it."""
        while not self._stopped.is_set():
            wanted = self._load.revision
            try:
                headers = {"Golden-Thread-Min-Revision": str(wanted)}
                answer = (await self._client.post(_ASKED, headers=headers)).json()
            except _AWAY:
                continue
            errors = answer.get("errors", [])
            assert {each["extensions"]["code"] for each in errors} <= {"UNAVAILABLE"}, answer
            if not errors:
                assert answer["data"]["organization"]["revision"] >= wanted
                self.answers += 1
            await asyncio.sleep(0.3)

    async def _listen(self) -> None:
        while not self._stopped.is_set():
            after = self.heard[-1]["revision"] if self.heard else self._load.revision
            try:
                async with self._client.socket() as socket:
                    self.connections += 1
                    payload = {"query": _CHANGES, "variables": {"after": after}}
                    await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
                    async for text in socket:
                        message = json.loads(text)
                        if message["type"] == "next":
                            assert "errors" not in message["payload"], message
                            self.heard.append(message["payload"]["data"]["goalTreeChanged"])
                        else:
                            _assert_again_later(message)
                            break
            except _AWAY:
                await asyncio.sleep(0.05)


def _assert_again_later(message: dict[str, Any]) -> None:
    """A subscription ends with its gateway, or with the words “try again”."""
    codes = {each["extensions"]["code"] for each in message["payload"]} if message["type"] == "error" else set()
    assert message["type"] in ("complete", "error"), message
    assert codes <= {"UNAVAILABLE"}, message
