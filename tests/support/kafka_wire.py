"""Between clients and a broker: hears who asks the broker for what, whichever library or class asks."""

from __future__ import annotations

import asyncio
import ssl
import struct
from contextlib import suppress
from io import BytesIO
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiokafka.coordinator.protocol import ConsumerProtocol
from aiokafka.protocol.admin import DescribeConfigsRequest
from aiokafka.protocol.api import RequestHeader_v1
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest
from aiokafka.protocol.produce import ProduceRequest

from goldenthread.launcher.ports import HOST

_CLASSES = {
    (kind.API_KEY, version.API_VERSION): version
    for kind in (ProduceRequest, FetchRequest, JoinGroupRequest, DescribeConfigsRequest)
    for version in kind._CLASSES
}


class KafkaRequest(NamedTuple):
    """What a client asked: it `writes` or `reads` a topic, `checks` its settings, or `joins` a group."""

    client: str
    does: str
    name: str


class KafkaWire:
    """A port in front of the broker at `port` of this machine; clients that know only it reach the broker through it.

    The broker's answers name its own port: in its place they get this one. With `tls` clients come by that.
    """

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._upstream, self._tls = port, tls
        self._server: asyncio.Server | None = None
        self._connections = set[asyncio.Task[None]]()
        self.asked = set[KafkaRequest]()
        """What was asked since the start."""

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def address(self) -> str:
        """What clients call the bootstrap server."""
        return f"{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0, ssl=self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            from_broker, to_broker = await asyncio.open_connection(HOST, self._upstream)
            with suppress(OSError, asyncio.IncompleteReadError):
                await asyncio.gather(self._requests(reader, to_broker), self._answers(from_broker, writer))
            to_broker.close()
        finally:
            writer.close()
            self._connections.discard(task)

    async def _requests(self, reader: asyncio.StreamReader, to_broker: asyncio.StreamWriter) -> None:
        while True:
            frame = await _frame(reader)
            self.asked |= _said(frame)
            await _send(to_broker, frame)

    async def _answers(self, from_broker: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        broker, here = (HOST.encode() + struct.pack("!i", port) for port in (self._upstream, self.port))
        while True:
            await _send(writer, (await _frame(from_broker)).replace(broker, here))


async def _frame(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(struct.unpack("!i", await reader.readexactly(4))[0])


async def _send(writer: asyncio.StreamWriter, frame: bytes) -> None:
    writer.write(struct.pack("!i", len(frame)) + frame)
    await writer.drain()


def _said(frame: bytes) -> set[KafkaRequest]:
    data = BytesIO(frame)
    key, version, _, client = (field.decode(data) for field in RequestHeader_v1.SCHEMA.fields)
    if (kind := _CLASSES.get((key, version))) is None:
        assert key not in {known for known, _ in _CLASSES}, f"version {version} of request {key} cannot be read here"
        return set()
    return {KafkaRequest(client, *each) for each in _what(key, kind.decode(data))}


def _what(key: int, request: Any) -> set[tuple[str, str]]:
    if key == ProduceRequest.API_KEY:
        return {("writes", topic) for topic, _ in request.topics}
    if key == FetchRequest.API_KEY:
        return {("reads", topic) for topic, _ in request.topics}
    if key == DescribeConfigsRequest.API_KEY:
        return {("checks", name) for _, name, _ in request.resources}
    subscribed = {
        ("reads", topic)
        for _, metadata in request.group_protocols
        for topic in ConsumerProtocol.METADATA.decode(metadata).subscription
    }
    return {("joins", request.group), *subscribed}
