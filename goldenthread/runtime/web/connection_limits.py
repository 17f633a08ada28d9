"""What callers' connections may cost, and what is answered where no application answers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from msgspec import Struct, json
from starlette.types import ASGIApp, Receive, Scope, Send

HEALTH = ("/live", "/ready", "/metrics")
"""Answered however many connections there are: a supervisor must not take a busy process for a dead one."""
CLOSE_SECONDS = 5.0
"""For a peer to read why its connection is closed."""
TOO_MANY = "Too many connections are open here now. Try again."


class ConnectionLimits(Struct, frozen=True, kw_only=True):
    """How long one connection may make this process wait, in seconds, and how many there may be."""

    header_seconds: float = 10.0
    """From the first byte of a request (or from the connection's beginning) to the end of its headers."""
    body_seconds: float = 30.0
    """In which a body, or a message on a WebSocket, must get on."""
    idle_seconds: float = 60.0
    """Between a response and the next request."""
    reader_seconds: float = 30.0
    """In which a reader must take some of what waits for it."""
    connections: int = 4_000
    """One more displaces the connection that has waited longest for its caller to say something. Where there is none,
    it is answered 503.
    """


class WaitingConnections:
    """The connections that wait for their caller to say something."""

    def __init__(self) -> None:
        self._ends: dict[object, Callable[[], None]] = {}

    def add(self, connection: object, end: Callable[[], None]) -> None:
        """From now on `connection` waits; `end` ends it."""
        self._ends.pop(connection, None)
        self._ends[connection] = end

    def remove(self, connection: object) -> None:
        """It does not wait, or is gone."""
        self._ends.pop(connection, None)

    def displace(self) -> None:
        """End the connection that has waited longest, if one waits."""
        for connection in self._ends:
            self._ends.pop(connection)()
            return


def give_up_unacknowledged(transport: Any, limits: ConnectionLimits) -> None:
    """Let the kernel end a connection whose peer takes nothing for long, where it can (Linux): some seconds after we
    would have.

    It also ends one that is closing, which no timer of ours watches any more.
    """
    found = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if found is not None and option is not None and found.family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):
            found.setsockopt(socket.IPPROTO_TCP, option, int(1000 * (2 * limits.reader_seconds + CLOSE_SECONDS)))


def problem(code: str, message: str) -> bytes:
    """The JSON of a refusal that no application made: as services word it, and as GraphQL does."""
    error = {"code": code, "message": message, "path": [], "extensions": {"code": code}}
    return json.encode({"errors": [error]})


def plain_refusal(status: HTTPStatus, code: str, message: str) -> bytes:
    """A whole response of HTTP/1.1, after which the connection is closed, for where there is no application."""
    body = problem(code, message)
    more = "retry-after: 1\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else ""
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n{more}connection: close\r\n\r\n"
    )
    return head.encode() + body


def overloaded(app: ASGIApp) -> ASGIApp:
    """`app` while there are too many connections: health is answered, everything else refused with 503."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] in HEALTH:
            await app(scope, receive, send)
            return
        body = problem("UNAVAILABLE", TOO_MANY)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"retry-after", b"1"),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return run
