"""The HTTP server of every process: uvicorn, with bounds on how many connections there are and how long each may wait.

Uvicorn itself has no time-out for headers or bodies, no bound on the size of headers, and keeps a reader that does not
read for ever. `http_protocol.py` and `websocket_protocol.py` add what is missing.
"""

from __future__ import annotations

import resource
import ssl
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from goldenthread.runtime.web.connection_limits import ConnectionLimits, WaitingConnections
from goldenthread.runtime.web.http_protocol import HttpProtocol
from goldenthread.runtime.web.server_certificate import ServerCertificate
from goldenthread.runtime.web.tls_protocol import TlsProtocol
from goldenthread.runtime.web.websocket_protocol import WebSocketProtocol

_MOST_MESSAGE = 1024 * 1024
"""Bytes of a message on a WebSocket."""
_OTHER_FILES = 256
"""Open files a process needs besides its callers' connections."""


class ServerConfig(uvicorn.Config):
    """Uvicorn's configuration with our protocols; `limits` hold for every connection, which speaks TLS where there is a
    `certificate`.
    """

    def __init__(
        self, app: ASGIApp, limits: ConnectionLimits, certificate: ServerCertificate | None = None, **more: Any
    ) -> None:
        super().__init__(
            app,
            http=HttpProtocol if certificate is None else TlsProtocol,
            ws=WebSocketProtocol,
            ws_max_size=_MOST_MESSAGE,
            lifespan="off",
            log_config=None,
            access_log=False,
            **more,
        )
        self.limits = limits
        self.waiting = WaitingConnections()
        self._certificate = certificate

    def certificate_now(self) -> ssl.SSLContext:
        """The context of a connection that begins now, where connections speak TLS."""
        assert self._certificate is not None
        return self._certificate.context()


def allow_files(connections: int) -> None:
    """Raise the soft limit on open files, as far as the hard one allows, so that `connections` fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
