"""A name server on this machine that knows the names it is given, and answers nothing for `.hang`."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import cast

_KINDS = {4: 1, 6: 28}


class NameServer(asyncio.DatagramProtocol):
    """`asked` are the names it was asked for; what it does not know does not exist."""

    def __init__(self, names: Mapping[str, Sequence[str]]) -> None:
        self._names = names
        self.asked: list[str] = []
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It listens."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One question."""
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
        question, (kind,) = data[12 : at + 5], struct.unpack_from(">H", data, at + 1)
        self.asked.append(name := ".".join(labels).lower())
        if name.endswith(".hang"):
            return
        known = [ip_address(each) for each in self._names.get(name, ())]
        found = [each.packed for each in known if _KINDS[each.version] == kind]
        head = struct.pack(">2sHHHHH", data[:2], 0x8180 if known else 0x8183, 1, len(found), 0, 0)
        answers = (struct.pack(">HHHLH", 0xC00C, kind, 1, 0, len(each)) + each for each in found)
        self._transport.sendto(head + question + b"".join(answers), addr)


@asynccontextmanager
async def name_server(names: Mapping[str, Sequence[str]]) -> AsyncIterator[NameServer]:
    """A name server, listening on `port` of 127.0.0.1."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(lambda: NameServer(names), local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
