"""Uvicorn's HTTP/1.1 protocol with time-outs for headers, bodies and readers, and bounds on what is kept of a request.

A request that is late is answered 408 and its connection closed; headers beyond `MOST_HEADERS` 431; a reader that takes
nothing of its answer is cut off. A request that was answered before its body had come (refused, say) keeps its
connection if the rest comes soon: it is read and thrown away, because a caller whose connection is closed while it
still sends may never see the answer.
"""

from __future__ import annotations

import logging
from asyncio import Transport
from enum import Enum, auto
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from goldenthread.runtime.web.connection_limits import TOO_MANY, give_up_unacknowledged, overloaded, plain_refusal
from goldenthread.runtime.web.deadlines import LEAST_BYTES, Deadline, Drain

if TYPE_CHECKING:
    from goldenthread.runtime.web.server import ServerConfig

MOST_HEADERS = 64 * 1024
"""Bytes of the request line and headers, and of what frames a body in chunks for each `_FRAMED` of its bytes."""
_FRAMED = 8
_MOST_PIPELINED = 16
_MOST_UNREAD = 32 * 1024 * 1024
"""Bytes of a body that are thrown away after its request was answered, at most."""
_UNREAD_SECONDS = 5.0
_ENDING_SECONDS = 2.0
"""For a caller whose connection is about to be closed to read why."""


class ResponseBrokenOff(Exception):
    """Raised by an application that breaks a response off on purpose, and has logged why: its connection is closed."""


def _is_failure(record: logging.LogRecord) -> bool:
    return record.exc_info is None or not isinstance(record.exc_info[1], ResponseBrokenOff)


logging.getLogger("uvicorn.error").addFilter(_is_failure)


class _Phase(Enum):
    IDLE = auto()
    HEADERS = auto()
    BODY = auto()
    ANSWERING = auto()
    ENDING = auto()


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    config: ServerConfig

    def __init__(self, config: ServerConfig, *more: Any, **named: Any) -> None:
        super().__init__(config, *more, **named)
        self._limits = config.limits
        self._deadline = Deadline(self.loop, self._late)
        self._drain = Drain(self.loop, self._limits.reader_seconds, self._abort)
        self._phase = _Phase.HEADERS
        self._fed = self._body = self._body_before = self._unread = 0

    # -- the connection -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin to wait for the first request."""
        super().connection_made(transport)
        give_up_unacknowledged(transport, self._limits)
        if self._too_many():
            self.config.waiting.displace()
        self._await_caller(self._limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the timers."""
        self._deadline.end()
        self._drain.end()
        self.config.waiting.remove(self)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The caller does not read: watch whether it begins to."""
        super().pause_writing()
        self._drain.full(self.transport)

    def resume_writing(self) -> None:
        """The caller reads again."""
        super().resume_writing()
        self._drain.drained()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over; it is one of ours as before."""
        self._deadline.end()
        self._drain.end()
        self.config.waiting.remove(self)
        if self._too_many():
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE", TOO_MANY)
        else:
            super().handle_websocket_upgrade()

    # -- what comes in ------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes; those that are neither body nor a complete head are counted."""
        self._fed += len(data)
        if self._phase is _Phase.ENDING:
            if self._fed > _MOST_UNREAD:
                self._abort()
            return
        if self._phase is _Phase.IDLE:
            self._phase = _Phase.HEADERS
            self._await_caller(self._limits.header_seconds)
        super().data_received(data)
        if self.transport.is_closing() or self._phase is _Phase.ENDING:
            return
        if self._fed - self._body > MOST_HEADERS + _FRAMED * self._body:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "INVALID",
                f"The headers are larger than {MOST_HEADERS // 1024} KiB.",
            )
        elif self._answered() and self._body - self._unread > _MOST_UNREAD:
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins, after another one on the same connection perhaps."""
        super().on_message_begin()
        self._fed = max(self._fed, 1)
        if self._phase is not _Phase.HEADERS:
            self._phase = _Phase.HEADERS
            self._deadline.after(self._limits.header_seconds)

    def on_headers_complete(self) -> None:
        """Start the request. Its body must get on from now on."""
        if len(self.pipeline) >= _MOST_PIPELINED:
            raise ValueError("too many requests were sent without waiting for an answer")
        self.config.waiting.remove(self)
        self._phase = _Phase.BODY
        self._body_before = self._body
        self._deadline.after(self._limits.body_seconds)
        self.app = overloaded(self.config.loaded_app) if self._too_many() else self.config.loaded_app
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is here: what it takes from now on is not the caller's doing."""
        super().on_message_complete()
        self._fed = self._body = self._unread = 0
        if self._answered():
            self._idle()
        else:
            self._phase = _Phase.ANSWERING
            self._deadline.off()

    def on_response_complete(self) -> None:
        """Wait for the next request, or throw away what is left of this one."""
        super().on_response_complete()
        self._unset_keepalive_if_required()  # `_deadline` is the only timer
        if self.transport.is_closing() or not self._answered():
            return
        if self._phase is _Phase.BODY:
            self._unread = self._body
            self._deadline.after(_UNREAD_SECONDS)
        elif self._phase is _Phase.ANSWERING:
            self._idle()

    def send_400_response(self, msg: str) -> None:
        """As uvicorn's, in JSON."""
        self._refuse(HTTPStatus.BAD_REQUEST, "INVALID", msg)

    # -- inside -------------------------------------------------------------------------------------------------------

    def _too_many(self) -> bool:
        return len(self.connections) > self._limits.connections

    def _answered(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete and not self.pipeline

    def _idle(self) -> None:
        self._phase = _Phase.IDLE
        self._await_caller(self._limits.idle_seconds)

    def _await_caller(self, seconds: float) -> None:
        self._deadline.after(seconds)
        self.config.waiting.add(self, self._abort)

    def _late(self) -> None:
        answered = self._answered()
        if self._phase is _Phase.BODY and not answered and self._body_goes_on():
            self._body_before = self._body
            self._deadline.after(self._limits.body_seconds)
        elif self._phase is _Phase.ENDING:
            self._abort()
        elif self._phase is _Phase.IDLE or self._fed == 0 or (self._phase is _Phase.BODY and answered):
            self.transport.close()
        else:
            what = "headers" if self._phase is _Phase.HEADERS else "body"
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "INVALID", f"The request's {what} did not come in time.")

    def _body_goes_on(self) -> bool:
        """True where it is we who do not read, or some of it has come."""
        return self.flow.read_paused or self._body - self._body_before >= LEAST_BYTES

    def _refuse(self, status: HTTPStatus, code: str, message: str) -> None:
        """Answer without the application, unless it has begun to; then close, when what was on its way has come."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started or self.pipeline or self._phase is not _Phase.BODY:
                self.transport.close()
                return
        self.transport.write(plain_refusal(status, code, message))
        self.transport.write_eof()
        self._phase, self._fed = _Phase.ENDING, 0
        self.flow.resume_reading()
        self._await_caller(_ENDING_SECONDS)

    def _abort(self) -> None:
        self.transport.abort()
