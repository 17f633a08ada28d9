"""Names of hosts → addresses, within a short time, and never at the cost of somebody else's lookup.

`getaddrinfo` of the C library takes a thread until its own time-outs are over, which nobody can end: forty names whose
servers do not answer stop the lookups of the whole process. c-ares asks over sockets: a lookup that is given up costs
nobody a thread, and it reads /etc/hosts and resolv.conf as the C library does.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiodns

_SECONDS = 4.0
_TRY_SECONDS = 1.5
_TRIES = 2
_ROOM = 1_024
_MOST_ADDRESSES = 64


class CannotResolve(Exception):
    """The name has no address, or no name server answered in time."""


class NameLookups(Protocol):
    """Resolves names of hosts."""

    async def addresses(self, host: str) -> list[str]:
        """The addresses of a host, the preferred first; one at least. Raises `CannotResolve`."""


class Resolver:
    """Lookups by DNS and /etc/hosts. At most `room` are `in_flight`, one more fails at once."""

    def __init__(self, resolver: aiodns.DNSResolver, room: int = _ROOM) -> None:
        self._resolver, self._room = resolver, room
        self.in_flight = 0

    async def addresses(self, host: str) -> list[str]:
        """All addresses of a host, within `_SECONDS`. Raises `CannotResolve`, also for more than `_MOST_ADDRESSES`."""
        if self.in_flight >= self._room:
            raise CannotResolve(host)
        self.in_flight += 1
        asked = self._resolver.getaddrinfo(host, type=socket.SOCK_STREAM)
        # An answer that nobody waits for any more still counts: its sockets are in use until c-ares ends it.
        asked.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(_SECONDS):
                found = await asyncio.shield(asked)
        except (aiodns.error.DNSError, TimeoutError) as error:
            raise CannotResolve(host) from error
        addresses = list(dict.fromkeys(_text(node.addr[0]) for node in found.nodes))
        if not 0 < len(addresses) <= _MOST_ADDRESSES:
            raise CannotResolve(host)
        return addresses

    def _ended(self, asked: asyncio.Future[Any]) -> None:
        self.in_flight -= 1
        if not asked.cancelled():
            asked.exception()  # retrieved: nobody may be waiting


def _text(address: bytes | str) -> str:
    return address.decode("ascii") if isinstance(address, bytes) else address


@asynccontextmanager
async def open_resolver(room: int = _ROOM, **options: Any) -> AsyncIterator[Resolver]:
    """A resolver by this machine's configuration, for `room` lookups at once; `options` are c-ares', for another."""
    async with aiodns.DNSResolver(timeout=_TRY_SECONDS, tries=_TRIES, **options) as resolver:
        yield Resolver(resolver, room)
