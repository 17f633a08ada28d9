"""Hears GraphQL subscriptions over `graphql-transport-ws`, as any client would."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from goldenthread.cli.common.errors import CommandError, unreachable
from goldenthread.cli.common.graphql_client import Data
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import ORGANIZATION_HEADER

_PROTOCOL = Subprotocol("graphql-transport-ws")
_OPERATION = "1"
_PATIENCE = 10.0


class SubscriptionClient:
    """One subscription. It is begun on entering the block; what comes after that is kept until it is asked for."""

    def __init__(
        self,
        url: str,
        token: Secret,
        document: str,
        variables: Mapping[str, Any],
        organization: str | None = None,
    ) -> None:
        self.url = url.replace("http", "ws", 1)
        self._token, self._organization = token, organization
        self._asked = {"query": document, "variables": dict(variables)}
        self._open = ExitStack()
        self._socket: ClientConnection

    def next(self, seconds: float) -> Data | None:
        """The `data` of the next message; None when none comes within `seconds`. Raises CommandError."""
        deadline = time.monotonic() + seconds
        while True:
            message = self._receive(deadline - time.monotonic())
            if message is None or message["type"] == "next":
                return None if message is None else _data(self.url, message["payload"])
            if message["type"] == "error":
                raise CommandError("; ".join(str(each.get("message", each)) for each in message["payload"]))
            if message["type"] == "complete":
                raise CommandError(f"{self.url} ended the subscription")

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self._begin(opening)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._open.close()

    def _begin(self, opening: ExitStack) -> None:
        try:
            socket = connect(
                self.url,
                subprotocols=[_PROTOCOL],
                open_timeout=_PATIENCE,
                close_timeout=1,
                proxy=None,
                legacy=True,  # the connection itself, which does not come back by itself
            )
        except (OSError, InvalidHandshake, InvalidURI) as error:
            raise unreachable(self.url, error) from error
        self._socket = opening.enter_context(socket)
        payload = {"Authorization": f"Bearer {self._token.reveal()}"}
        if self._organization is not None:
            payload[ORGANIZATION_HEADER] = self._organization
        self._send({"type": "connection_init", "payload": payload})
        answer = self._receive(_PATIENCE)
        if answer is None or answer["type"] != "connection_ack":
            raise CommandError(f"{self.url} does not take subscriptions")
        self._send({"type": "subscribe", "id": _OPERATION, "payload": self._asked})

    def _send(self, message: Data) -> None:
        try:
            self._socket.send(json.dumps(message))
        except ConnectionClosed as error:
            raise CommandError(f"{self.url} closed the subscription: {error}") from error

    def _receive(self, seconds: float) -> Data | None:
        """The next message that is no ping; None when none comes in time. Pings are answered."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                message: Data = json.loads(self._socket.recv(timeout=max(0.0, deadline - time.monotonic())))
                if message["type"] != "ping":
                    return message
                self._send({"type": "pong"})
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            raise CommandError(f"{self.url} closed the subscription: {error}") from error


def _data(url: str, payload: Data) -> Data:
    if payload.get("errors"):
        raise CommandError("; ".join(str(each.get("message", each)) for each in payload["errors"]))
    data = payload.get("data")
    if not isinstance(data, dict):
        raise CommandError(f"{url} sent a message without data")
    return data
