"""Uvicorn's WebSocket protocol for readers that do not read.

* Sending returns when the transport has drained, one sender after another: who sends has at most one message waiting.
* While the transport is full nothing is read either: not even pings are answered into memory.
* A reader that takes nothing for `reader_seconds` is closed with 1013 (try again later), and cut off where even that is
  not read.
* A message that has begun must end within `body_seconds`, or the socket is closed with 4408.
* Before its first message, which shows the token, a socket may send little, and is ended when there are too many.
"""

from __future__ import annotations

import asyncio
from asyncio import BaseTransport, TimerHandle
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from goldenthread.runtime.web.connection_limits import CLOSE_SECONDS, give_up_unacknowledged
from goldenthread.runtime.web.deadlines import Deadline, Drain

if TYPE_CHECKING:
    from goldenthread.runtime.web.server import ServerConfig

LATER, LATE, TOO_MANY_MESSAGES = 1013, 4408, 4429
SLOW_READER = "What was sent to you was not read. Connect again, and listen after the last revision you have."
_MOST_FIRST = 16 * 1024
"""Bytes of the first message: a token."""
_MOST_QUEUED = 256
"""Messages that came at once and wait for the application."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One socket."""

    config: ServerConfig

    def __init__(self, config: ServerConfig, *more: Any, **named: Any) -> None:
        super().__init__(config, *more, **named)
        self._turns = asyncio.Lock()
        self._partial = Deadline(self.loop, self._message_late)
        self._drain = Drain(self.loop, config.limits.reader_seconds, self._cut_off)
        self._aborting: TimerHandle | None = None
        self.conn.max_message_size = min(_MOST_FIRST, config.ws_max_size)

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin; until its first message it may have to make room for others."""
        super().connection_made(transport)
        give_up_unacknowledged(transport, self.config.limits)
        self.config.waiting.add(self, self._abort)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the timers."""
        self._drain.end()
        self._partial.end()
        self.config.waiting.remove(self)
        if self._aborting is not None:
            self._aborting.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes. A message that has begun must end in time."""
        before = self._has_partial()
        super().data_received(data)
        if not self._has_partial():
            self._partial.off()
        elif not before:
            self._partial.after(self.config.limits.body_seconds)

    def pause_writing(self) -> None:
        """The transport is full: read nothing either, and watch whether it drains."""
        super().pause_writing()
        self.transport.pause_reading()
        self._drain.full(self.transport)

    def resume_writing(self) -> None:
        """The transport has drained."""
        super().resume_writing()
        self._drain.drained()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def send_receive_event_to_app(self) -> None:
        """Hand a message over. The first one has shown who this is, as far as the protocol can tell."""
        self.config.waiting.remove(self)
        self.conn.max_message_size = self.config.ws_max_size
        if self.queue.qsize() >= _MOST_QUEUED:
            self._end(TOO_MANY_MESSAGES, "Wait for answers before you send more.")
        else:
            super().send_receive_event_to_app()

    async def send(self, message: Any) -> None:
        """Send, and return when the transport has drained. Raises `ClientDisconnected` when the socket is gone."""
        async with self._turns:
            await self.writable.wait()
            if self.transport.is_closing():
                raise ClientDisconnected
            await super().send(message)
            if message["type"] == "websocket.send":
                await self.writable.wait()

    async def receive(self) -> Any:
        """The next message. Reading goes on where it may."""
        message = await self.queue.get()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            if self.writable.is_set() and not self.transport.is_closing():
                self.transport.resume_reading()
        return message

    def keepalive_timeout(self) -> None:
        """No answer to a ping. Where nothing is read because nothing drains, that is judged by what drains."""
        if self.writable.is_set():
            super().keepalive_timeout()
            self._abort_later()
        else:
            self.pong_timer = self.pending_ping_payload = None
            self.schedule_ping()

    def _has_partial(self) -> bool:
        return bool(self.frames) or len(self.conn.reader.buffer) > 0

    def _message_late(self) -> None:
        if self.read_paused or not self.writable.is_set():
            self._partial.after(self.config.limits.body_seconds)
        else:
            self._end(LATE, "A message was begun and did not come in time.")

    def _cut_off(self) -> None:
        self._end(LATER, SLOW_READER)

    def _end(self, code: int, reason: str) -> None:
        """Close at once, whatever waits to be sent, and without waiting for the peer."""
        self.stop_keepalive()
        if not self.close_sent and not self.transport.is_closing():
            self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self.disconnected = True
        self.writable.set()
        self.transport.close()
        self._abort_later()

    def _abort_later(self) -> None:
        if self._aborting is None:
            self._aborting = self.loop.call_later(CLOSE_SECONDS, self._abort)

    def _abort(self) -> None:
        self.transport.abort()
