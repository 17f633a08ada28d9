"""TLS of a server's connection, below the protocols of HTTP and WebSockets, which notice nothing of it.

It keeps nothing that waits to be sent: what is written goes encrypted into the TCP transport at once, whose size and
signals (pause, resume) are passed on. So all limits and deadlines for slow readers hold as without TLS. That is why it
is not the TLS of the event loop, which has a buffer of its own of 512 KiB, says nothing while that fills, and cuts off
after a fixed time whoever still reads an answer when the connection is closed.

A handshake counts as a connection, is displaced like others that say nothing, and ends within `header_seconds`.
"""

from __future__ import annotations

import asyncio
import ssl
from asyncio import BaseProtocol, Transport
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from goldenthread.runtime.web.connection_limits import give_up_unacknowledged, plain_refusal
from goldenthread.runtime.web.deadlines import Deadline
from goldenthread.runtime.web.http_protocol import HttpProtocol

if TYPE_CHECKING:
    from goldenthread.runtime.web.server import ServerConfig

_PIECE = 16 * 1024
"""Bytes that OpenSSL is given at once. Its buffers stay as large as they once were, as long as the connection lasts."""
_MOST_IN_VAIN = 64 * 1024
"""Bytes from which nothing was decrypted, at most: a record is smaller, and a client has little else to send. Each
change of keys costs time and an answer, and takes 30 bytes.
"""
_NOT_TLS = "This port speaks HTTPS: begin the address with https://."
_NO_APP = asyncio.Protocol()
_NOTHING = memoryview(b"")


class TlsProtocol(asyncio.Protocol):
    """One connection: shakes hands, and then hands what it decrypts to an `HttpProtocol`, or whatever follows that."""

    _raw: Transport
    _tls: ssl.SSLObject

    def __init__(self, config: ServerConfig, server_state: Any, **more: Any) -> None:
        self._config, self._state, self._more = config, server_state, more
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._came = _NOTHING
        """What has come, and OpenSSL was not given yet."""
        self._in_vain = 0
        """Bytes that OpenSSL was given since it last had something for us."""
        self._handshake = Deadline(asyncio.get_running_loop(), self.shutdown)
        self.app: asyncio.Protocol | None = None
        """Whom the decrypted bytes are for; None until hands are shaken."""
        self.reads = True
        self._said_end = False
        """We said that we send no more."""

    # -- of the TCP transport -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the client to begin."""
        self._raw = cast(Transport, transport)
        give_up_unacknowledged(transport, self._config.limits)
        self._tls = self._config.certificate_now().wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._state.connections.add(self)
        if len(self._state.connections) > self._config.limits.connections:
            self._config.waiting.displace()
        self._config.waiting.add(self, self.shutdown)
        self._handshake.after(self._config.limits.header_seconds)

    def data_received(self, data: bytes) -> None:
        """Take encrypted bytes. After our end of the connection they are not decrypted, only counted by the protocol,
        which throws them away.
        """
        if self._said_end and self.app is not None:
            self.app.data_received(data)
            return
        self._came = memoryview(bytes(self._came) + data if self._came else data)
        if self.app is None:
            self._shake_hands()
        if self.app is not None:
            self.read()

    def eof_received(self) -> bool | None:
        """The peer is gone, with or without having said so."""
        if self.app is not None:
            self.app.eof_received()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        """End the timer, and tell the protocol."""
        self._handshake_ended()
        if self.app is not None:
            self.app.connection_lost(exc)

    def pause_writing(self) -> None:
        """The TCP transport is full."""
        if self.app is not None:
            self.app.pause_writing()

    def resume_writing(self) -> None:
        """It has drained."""
        if self.app is not None:
            self.app.resume_writing()

    def shutdown(self) -> None:
        """End a handshake: the server ends, or it took too long."""
        self._raw.abort()

    # -- of the TLS transport -----------------------------------------------------------------------------------------

    def read(self) -> None:
        """Hand over what can be decrypted, unless the protocol wants nothing now."""
        while self.reads and self.app is not None and not self._said_end and not self._raw.is_closing():
            try:
                data = self._tls.read(_PIECE)
            except ssl.SSLWantReadError:
                if self._in_vain <= _MOST_IN_VAIN and self._give_piece():
                    continue
                break
            except ssl.SSLError:  # an alert, a damaged record
                self._raw.abort()
                return
            if not data:  # the peer says that it sends no more
                self.app.eof_received()
                self.end()
                self._raw.close()
                return
            self._in_vain = 0
            self.app.data_received(data)
        if self._in_vain > _MOST_IN_VAIN:
            self._raw.abort()
        self._flush()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt and send."""
        view = memoryview(data)
        try:
            for start in range(0, len(view), _PIECE):
                self._tls.write(view[start : start + _PIECE])
                self._flush()
        except ssl.SSLError:
            self._raw.abort()

    def end(self) -> None:
        """Say that we send no more, once."""
        if self.app is None or self._said_end or self._raw.is_closing():
            return
        self._said_end = True
        with suppress(ssl.SSLError):  # we do not wait until the peer says so, too
            self._tls.unwrap()
        self._flush()

    # -- inside -------------------------------------------------------------------------------------------------------

    def _shake_hands(self) -> None:
        try:
            while self._give_piece():
                with suppress(ssl.SSLWantReadError):
                    self._tls.do_handshake()
                    break
            else:
                self._flush()
                return
        except ssl.SSLError as error:
            self._flush()  # an alert says why
            if error.reason == "HTTP_REQUEST":
                self._raw.write(plain_refusal(HTTPStatus.BAD_REQUEST, "INVALID", _NOT_TLS))
            self._raw.close()
            return
        self._flush()
        self._handshake_ended()
        self.app = HttpProtocol(self._config, server_state=self._state, **self._more)
        self.app.connection_made(TlsTransport(self, self._raw, self._tls))

    def _give_piece(self) -> bool:
        """Give OpenSSL a piece of what has come; False where nothing is left of it."""
        piece = self._came[:_PIECE]
        # An empty part of a view would keep the whole alive.
        self._came = self._came[_PIECE:] if len(self._came) > _PIECE else _NOTHING
        self._in_vain += self._incoming.write(piece)
        return bool(piece)

    def _handshake_ended(self) -> None:
        self._handshake.end()
        self._config.waiting.remove(self)
        self._state.connections.discard(self)

    def _flush(self) -> None:
        if self._outgoing.pending and not self._raw.is_closing():
            self._raw.write(self._outgoing.read())


class TlsTransport(Transport):
    """The transport that protocols see: the TCP transport, except that what passes is encrypted."""

    def __init__(self, connection: TlsProtocol, raw: Transport, tls: ssl.SSLObject) -> None:
        super().__init__()
        self._connection, self._raw = connection, raw
        self._of_tls = {"ssl_object": tls, "sslcontext": tls.context}

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Of TLS, or else of TCP."""
        return self._of_tls[name] if name in self._of_tls else self._raw.get_extra_info(name, default)

    def set_protocol(self, protocol: BaseProtocol) -> None:
        """From now on `protocol` gets what comes."""
        self._connection.app = cast(asyncio.Protocol, protocol)

    def get_protocol(self) -> BaseProtocol:
        """Who gets it now."""
        return self._connection.app or _NO_APP

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._raw.is_closing()

    def close(self) -> None:
        """Close when everything is sent."""
        self._connection.end()
        self._raw.close()

    def abort(self) -> None:
        """Close at once."""
        self._raw.abort()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, or keep for later: as the TCP transport does."""
        if not self._raw.is_closing():
            self._connection.write(data)

    def can_write_eof(self) -> bool:
        """It can."""
        return True

    def write_eof(self) -> None:
        """Send no more; what comes is taken as before."""
        self._connection.end()
        if not self._raw.is_closing():
            self._raw.write_eof()

    def pause_reading(self) -> None:
        """Hand nothing over for now."""
        self._connection.reads = False
        self._raw.pause_reading()

    def resume_reading(self) -> None:
        """Go on: first with what has come already."""
        self._connection.reads = True
        self._raw.resume_reading()
        asyncio.get_running_loop().call_soon(self._connection.read)

    def is_reading(self) -> bool:
        """Whether what comes is handed over."""
        return self._connection.reads

    def get_write_buffer_size(self) -> int:
        """Encrypted bytes that wait to be sent."""
        return self._raw.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Of the TCP transport."""
        self._raw.set_write_buffer_limits(high, low)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Of the TCP transport."""
        return self._raw.get_write_buffer_limits()
