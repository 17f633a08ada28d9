"""TLS in front of a PostgreSQL that was built without it: clients are asked for a certificate, and must verify ours."""

from __future__ import annotations

import asyncio
import ssl
import struct
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from goldenthread.launcher.ports import HOST
from tests.support.certificate_authority import CertificateAuthority

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class PostgresTls:
    """A port that speaks TLS as PostgreSQL does with `hostssl ... cert`, and passes on what is inside to `port`."""

    def __init__(self, port: int, authority: CertificateAuthority, folder: Path) -> None:
        """Both sides' certificates are `authority`'s; the server's own is kept in `folder`."""
        self._upstream = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_verify_locations(cadata=authority.pem.decode())
        self._context.verify_mode = ssl.CERT_REQUIRED
        own = folder / "server.crt", folder / "server.key"
        authority.issue("goldenthread-postgres-rw").write(*own)
        self._context.load_cert_chain(*own)
        self._server: asyncio.Server | None = None
        self._connections = set[asyncio.Task[None]]()
        self.users: list[tuple[str, str]] = []
        """(common name, serial number) of the certificate that came with each connection, in order."""

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, 0)
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
            with suppress(OSError, asyncio.IncompleteReadError):
                assert await reader.readexactly(8) == _SSL_REQUEST, "nobody comes without TLS"
                writer.write(b"S")
                await writer.start_tls(self._context)
                self.users.append(_subject(writer))
                inner, outer = await asyncio.open_connection(HOST, self._upstream)
                await asyncio.gather(_pass(reader, outer), _pass(inner, writer))
        finally:
            writer.close()
            self._connections.discard(task)


def _subject(writer: asyncio.StreamWriter) -> tuple[str, str]:
    certificate = writer.get_extra_info("peercert")
    names = dict(pair for part in certificate["subject"] for pair in part)
    return names["commonName"], certificate["serialNumber"]


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
