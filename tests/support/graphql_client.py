"""A GraphQL client as anybody would write one: POST for documents, `graphql-transport-ws` for subscriptions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import reduce
from operator import getitem
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

TRANSPORT = Subprotocol("graphql-transport-ws")
SECONDS = 40.0


class Client:
    """Speaks to one endpoint with one token, in the `organization` that it chooses of it, if any."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str | None, organization: str | None = None) -> None:
        self.http, self.url, self.token, self.organization = http, url, token, organization

    def headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The headers of the token and the choice, and `more`."""
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        chosen = {"Golden-Thread-Organization": self.organization} if self.organization is not None else {}
        return own | chosen | dict(more or {})

    async def post(
        self, document: str, variables: dict[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        body = {"query": document, "variables": variables or {}}
        return await self.http.post(self.url, json=body, headers=self.headers(headers))

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = (await self.post(document, variables)).json()
        assert "errors" not in answer, answer
        return dict(answer["data"])

    async def do(self, name: str, shown: str, input: dict[str, Any]) -> dict[str, Any]:
        """The payload of a mutation that is not refused; `shown` is what is selected of it."""
        payload = await self.try_(name, shown, input)
        assert payload["errors"] == [], payload
        return payload

    async def refused(self, name: str, input: dict[str, Any]) -> dict[str, Any]:
        """The first error of a mutation that is refused."""
        payload = await self.try_(name, "", input)
        assert payload["errors"], payload
        return dict(payload["errors"][0])

    async def try_(self, name: str, shown: str, input: dict[str, Any]) -> dict[str, Any]:
        kind = name[0].upper() + name[1:] + "Input"
        document = f"mutation M($input: {kind}!) {{ {name}(input: $input) {{ {shown} errors {{ {ERROR} }} }} }}"
        return dict((await self.ask(document, input=input))[name])

    async def until(self, document: str, holds: Any, seconds: float = SECONDS, **variables: Any) -> dict[str, Any]:
        """The first answer for which `holds` is true; one that says “try again” is not it yet."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            answer = (await self.post(document, variables)).json()
            errors = answer.get("errors", [])
            assert all(each["extensions"]["code"] == "UNAVAILABLE" for each in errors), answer
            if not errors and holds(answer["data"]):
                return dict(answer["data"])
            assert asyncio.get_running_loop().time() < deadline, f"never held, last: {answer}"
            await asyncio.sleep(0.05)

    async def pages(self, document: str, path: str, **variables: Any) -> list[dict[str, Any]]:
        """The answers to a document that takes `$after` for its list at `path`, page by page to the end."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            page = await self.until(document, lambda _: True, **variables, after=after)
            found.append(page)
            info = reduce(getitem, path.split("."), page)["pageInfo"]
            if not info["hasNextPage"]:
                return found
            after = info["endCursor"]

    @asynccontextmanager
    async def socket(self) -> AsyncIterator[ClientConnection]:
        """An initialised socket."""
        async with connect(self.url.replace("http", "ws", 1), subprotocols=[TRANSPORT]) as socket:
            await socket.send(json.dumps({"type": "connection_init", "payload": self.headers()}))
            assert json.loads(await asyncio.wait_for(socket.recv(), SECONDS))["type"] == "connection_ack"
            yield socket

    @asynccontextmanager
    async def subscribed(self, document: str, **variables: Any) -> AsyncIterator[SubscriptionMessages]:
        """Messages of a subscription."""
        async with self.socket() as socket:
            payload = {"query": document, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            heard = SubscriptionMessages(socket)
            await heard.listening()
            yield heard


class SubscriptionMessages:
    """What a subscription says."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._early: list[dict[str, Any]] = []

    async def listening(self) -> None:
        """Wait until a query sent after the subscription is answered: by then the subscription has begun."""
        payload = {"query": "{ organization { revision } }"}
        await self._socket.send(json.dumps({"id": "0", "type": "subscribe", "payload": payload}))
        while (message := await self._receive()) != {"id": "0", "type": "complete"}:
            self._early += [message] if message["id"] != "0" else []

    async def message(self) -> dict[str, Any]:
        return self._early.pop(0) if self._early else await self._receive()

    async def _receive(self) -> dict[str, Any]:
        return dict(json.loads(await asyncio.wait_for(self._socket.recv(), SECONDS)))

    async def next(self) -> dict[str, Any]:
        """The next value of the subscription's one field."""
        message = await self.message()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (value,) = message["payload"]["data"].values()
        return dict(value)

    async def until(self, holds: Any) -> list[dict[str, Any]]:
        """Values up to the first for which `holds` is true."""
        found = [await self.next()]
        while not holds(found[-1]):
            found.append(await self.next())
        return found


ERROR = "code message path nodes { id title }"
