"""A connection that keeps the process waiting is ended, and what it may make the process keep is bounded; by HTTP and
HTTPS.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from goldenthread.runtime.web.connection_limits import ConnectionLimits
from goldenthread.runtime.web.http_protocol import HttpProtocol
from goldenthread.runtime.web.websocket_protocol import WebSocketProtocol
from tests.support.asgi_server import eventually, serving
from tests.support.https_server import HttpsFiles

SHORT = ConnectionLimits(header_seconds=0.3, body_seconds=0.3, idle_seconds=0.3, reader_seconds=0.3)
PROMPT = ConnectionLimits(body_seconds=0.3, idle_seconds=0.3, reader_seconds=0.3)
"""For callers who send their headers as soon as a busy machine lets them."""
_LONG = 30.0
"""Seconds until somebody gives up who waits here, also on a busy machine."""
LARGE = random.Random(1).randbytes(250_000).hex()
"""Compressed, it is half as large."""


class App:
    """What the tests talk to. `ended` says how each socket ended; `waiting` are the requests that came to `wait`."""

    def __init__(self) -> None:
        self.ended: list[Any] = []
        self.waiting = 0
        self.release = asyncio.Event()
        self.routes = [
            Route("/live", lambda _: PlainTextResponse("live")),
            Route("/body", self.body, methods=["POST"]),
            Route("/unread", lambda _: PlainTextResponse("refused", 401), methods=["POST"]),
            Route("/large", self.large),
            Route("/wait", self.wait),
            WebSocketRoute("/flood", self.flood),
            WebSocketRoute("/echo", self.echo),
        ]

    async def body(self, request: Request) -> Response:
        try:
            return PlainTextResponse(str(len(await request.body())))
        except ClientDisconnect:
            self.ended.append("disconnected")
            raise

    async def large(self, request: Request) -> Response:
        return PlainTextResponse("x" * 50_000_000)

    async def wait(self, request: Request) -> Response:
        self.waiting += 1
        await self.release.wait()
        return PlainTextResponse("waited")

    async def flood(self, socket: WebSocket) -> None:
        """Sends for ever; each message is made when the one before has been taken."""
        await socket.accept()
        made = 0
        try:
            while True:
                made += 1
                await socket.send_text(LARGE)
        except WebSocketDisconnect:
            self.ended.append(made)

    async def echo(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                await socket.send_text(await socket.receive_text())
        except WebSocketDisconnect as error:
            self.ended.append(error.code)


HTTPS: list[HttpsFiles] = []
"""What is served with; nothing for HTTP."""


@pytest.fixture(autouse=True, params=["http", "https"])
def scheme(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "https":
        HTTPS.append(HttpsFiles(tmp_path))
    yield request.param
    HTTPS.clear()


def trusting() -> ssl.SSLContext | None:
    return HTTPS[0].trusting() if HTTPS else None


def client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, verify=trusting() or True)


def socket(url: str, path: str, **more: Any) -> connect:
    return connect(url.replace("http", "ws") + path, ssl=trusting(), **more)


@asynccontextmanager
async def app(limits: ConnectionLimits = SHORT) -> AsyncIterator[tuple[App, str]]:
    made = App()
    certificate = HTTPS[0].served() if HTTPS else None
    async with serving(Starlette(routes=made.routes), limits=limits, certificate=certificate) as url:
        try:
            yield made, url
        finally:
            made.release.set()


@asynccontextmanager
async def opened(url: str, sent: bytes = b"", **more: Any) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    reader, writer = await connected(url, **more)
    writer.write(sent)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def connected(url: str, **more: Any) -> tuple[StreamReader, StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]), ssl=trusting(), **more)


def unsent(writer: StreamWriter) -> int:
    """Bytes that wait at a client: those of its TLS, and those in the TCP transport below."""
    tls = getattr(writer.transport, "_ssl_protocol", None)
    below = 0 if tls is None else tls._transport.get_write_buffer_size()
    return writer.transport.get_write_buffer_size() + int(below)


async def answered(reader: StreamReader) -> tuple[int, dict[str, Any]]:
    """The status and JSON of an answer after which the connection was closed."""
    head, _, body = (await asyncio.wait_for(reader.read(), _LONG)).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"\r\n\r\n"], ids=repr)
async def test_a_connection_without_a_request_is_closed(sent: bytes) -> None:
    async with app() as (_, url), opened(url, sent) as (reader, _):
        assert b"200" not in await asyncio.wait_for(reader.read(), _LONG)


@pytest.mark.parametrize("sent", [b"G", b"GET /live HTTP/1.1\r\n", b"GET /live HTTP/1.1\r\nHost: a\r\nX: "], ids=repr)
async def test_headers_that_do_not_end_are_answered_408(sent: bytes) -> None:
    async with app() as (_, url), opened(url, sent) as (reader, _):
        status, said = await answered(reader)
        assert (status, said["errors"][0]["code"]) == (408, "INVALID")


async def test_headers_that_come_byte_by_byte_are_late_too() -> None:
    async with app() as (_, url), opened(url, b"GET /live HTTP/1.1\r\nX: ") as (reader, writer):
        answer = asyncio.create_task(answered(reader))
        while not answer.done():
            writer.write(b"x")
            await asyncio.sleep(0.02)
        assert (await answer)[0] == 408


async def test_a_second_request_that_is_half_sent_is_late_too() -> None:
    async with app() as (_, url), opened(url, b"GET /live HTTP/1.1\r\nHost: a\r\n\r\nGET /li") as (reader, _):
        said = await asyncio.wait_for(reader.read(), _LONG)
        assert (said.count(b"200 OK"), said.count(b"408 ")) == (1, 1)


async def test_an_idle_connection_is_closed_after_a_response_and_not_before() -> None:
    async with app(ConnectionLimits(idle_seconds=2)) as (_, url), opened(url) as (reader, writer):
        for _ in range(3):
            writer.write(b"GET /live HTTP/1.1\r\nHost: a\r\n\r\n")
            await asyncio.sleep(1)
        said = await asyncio.wait_for(reader.read(), _LONG)
        assert said.count(b"200 OK") == 3


async def test_a_body_that_does_not_come_is_answered_408() -> None:
    head = b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
    async with app(PROMPT) as (made, url), opened(url, head + b"x" * 1_000) as (reader, _):
        assert (await answered(reader))[0] == 408
        await eventually(lambda: made.ended == ["disconnected"])


async def test_a_body_that_trickles_is_late_and_one_that_gets_on_is_not() -> None:
    head = b"POST /body HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n"
    limits = ConnectionLimits(body_seconds=1.5)
    async with app(limits) as (_, url), opened(url, head) as (slow, trickle), opened(url, head) as (reader, writer):
        for _ in range(10):
            writer.write(b"x" * 10_000)
            trickle.write(b"x") if not slow.at_eof() else None
            await asyncio.sleep(0.3)
        assert (await asyncio.wait_for(reader.read(), _LONG)).endswith(b"100000")
        assert (await answered(slow))[0] == 408


async def test_an_application_that_takes_its_time_is_not_interrupted() -> None:
    async with app(PROMPT) as (made, url), opened(url, b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n") as (reader, _):
        await asyncio.sleep(0.7)
        made.release.set()
        assert b"waited" in await asyncio.wait_for(reader.readuntil(b"waited"), _LONG)


async def test_headers_are_bounded() -> None:
    async with (
        app(ConnectionLimits()) as (_, url),
        opened(url, b"GET /live HTTP/1.1\r\nX: " + b"x" * 1_000_000) as (reader, _),
    ):
        assert (await answered(reader))[0] == 431


async def test_what_frames_a_body_is_bounded() -> None:
    head = b"POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTrailer: "
    async with app(ConnectionLimits()) as (_, url), opened(url, head + b"x" * 1_000_000) as (reader, _):
        assert (await answered(reader))[0] == 431


async def test_requests_that_wait_for_no_answer_are_bounded() -> None:
    async with (
        app(ConnectionLimits()) as (_, url),
        opened(url, b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n" * 1_000) as (reader, _),
    ):
        assert await asyncio.wait_for(reader.read(), _LONG) == b""


async def test_what_is_refused_before_its_body_came_is_read_and_thrown_away() -> None:
    async with app(ConnectionLimits()) as (_, url), client(url) as http:
        for _ in range(2):
            assert (await http.post("/unread", content=b"x" * 8_000_000)).text == "refused"
        (connection,) = http._transport._pool.connections  # type: ignore[attr-defined]
        assert connection._connection._request_count == 2


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections that ended, as the servers of this process know them."""
    found: list[object] = []
    for kind in (HttpProtocol, WebSocketProtocol):
        monkeypatch.setattr(kind, "connection_lost", noted(kind.connection_lost, found))
    return found


def of(lost: list[Any], url: str) -> list[Any]:
    """Those of one server: others of the test run end theirs when they like."""
    return [each for each in lost if each.server[1] == int(url.rpartition(":")[2])]


def noted(lose: Any, found: list[object]) -> Any:
    def run(self: object, error: Exception | None) -> None:
        found.append(self)
        lose(self, error)

    return run


async def test_a_reader_that_does_not_read_its_answer_is_cut_off(lost: list[object]) -> None:
    async with app(PROMPT) as (_, url), opened(url, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n", limit=1):
        await eventually(lambda: len(of(lost, url)) == 1)


async def test_too_many_connections_displace_those_that_said_nothing() -> None:
    async with app(ConnectionLimits(connections=20)) as (_, url):
        silent = [await connected(url) for _ in range(60)]
        async with client(url) as http:
            assert (await http.get("/live")).text == "live"
        for _, writer in silent:
            writer.transport.abort()


async def test_where_every_connection_is_busy_health_is_answered_and_others_are_refused() -> None:
    request = b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"
    async with app(ConnectionLimits(connections=5)) as (made, url):
        busy = [await connected(url) for _ in range(5)]
        for _, writer in busy:
            writer.write(request)
        await eventually(lambda: made.waiting == 5)
        async with client(url) as http:
            assert (await http.get("/live")).text == "live"
            refused = await http.get("/large")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert refused.json()["errors"][0]["code"] == "UNAVAILABLE"
        for _, writer in busy:
            writer.transport.abort()


async def test_a_sender_waits_until_the_transport_has_drained_and_is_told_when_it_does_not() -> None:
    async with app(PROMPT) as (made, url), socket(url, "/flood", max_queue=1, close_timeout=0.1):
        await eventually(lambda: len(made.ended) == 1)
        assert made.ended[0] * len(LARGE) < 30_000_000, "more was made than the kernel's buffers take"


async def test_a_slow_reader_is_told_why_where_it_begins_to_read_again() -> None:
    async with app(PROMPT) as (made, url), socket(url, "/flood", max_queue=1) as slow:
        await eventually(lambda: len(made.ended) == 1)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(read_all(slow), _LONG)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "last revision" in closed.value.rcvd.reason) == (1013, True)


async def read_all(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def test_a_slow_reader_that_reads_nothing_at_all_is_cut_off(lost: list[object]) -> None:
    async with app(PROMPT) as (made, url), opened(url, upgrade("/flood"), limit=1):
        await eventually(lambda: len(made.ended) == 1)
        await eventually(lambda: len(of(lost, url)) == 1)


async def test_pings_are_not_answered_into_memory() -> None:
    """They are read no more once their answers are not."""
    ping = b"\x89\xfd" + b"\0\0\0\0" + b"x" * 125
    async with app(ConnectionLimits()) as (_, url), opened(url, upgrade("/echo"), limit=1_000) as (reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(400):
            writer.write(ping * 1_000)
            await asyncio.sleep(0)
        await asyncio.sleep(0.5)
        assert unsent(writer) > 10_000_000


async def test_a_message_that_does_not_end_ends_its_socket() -> None:
    async with app(PROMPT) as (made, url), opened(url, upgrade("/echo")) as (reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x81\xfe\x10\x00abcd" + b"x")
        said = await asyncio.wait_for(reader.read(), _LONG)
        assert b"did not come in time" in said
        await eventually(lambda: made.ended == [4408])


async def test_the_first_message_of_a_socket_is_small() -> None:
    async with app(ConnectionLimits()) as (_, url), socket(url, "/echo") as heard:
        await heard.send("x" * 17_000)
        with pytest.raises(ConnectionClosed) as closed:
            await heard.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    async with app(ConnectionLimits()) as (_, url), socket(url, "/echo") as heard:
        for sent in ("x", "x" * 17_000, "x" * 900_000):
            await heard.send(sent)
            assert await heard.recv() == sent


def upgrade(path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
