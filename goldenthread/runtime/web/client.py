"""HTTP to other processes: whatever goes wrong on the way there is an `httpx.HTTPError`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from goldenthread.runtime.observability import tracing
from goldenthread.runtime.tokens.token_sources import ServiceTokenAuth, TokenSource
from goldenthread.runtime.web.trusted_authorities import TrustedAuthorities


class HttpClient(httpx.AsyncClient):
    """As its base, but keeps its promise for a process that ends while a connection to it begins.

    anyio then asks a socket that uvloop no longer has for its name. That is an AttributeError, which nothing on the way
    up translates and nobody who waits for an `httpx.HTTPError` would catch.
    """

    async def send(self, request: httpx.Request, **how: Any) -> httpx.Response:
        """Send a request. Raises `httpx.HTTPError` when there is no answer."""
        try:
            return await super().send(request, **how)
        except AttributeError as error:
            if error.obj is not None:  # it is not that a socket is gone
                raise
            raise httpx.NetworkError("the connection was closed as it began", request=request) from error


@asynccontextmanager
async def http_client(
    own: TokenSource | None = None, authorities: str | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client: for the other processes with `own` tokens, speaking as this service and trusting the `authorities` in
    that file, and else for the issuer. Where traces are on, requests to our own processes have spans and carry trace
    context; requests to an issuer carry none.
    """
    auth = ServiceTokenAuth(own) if own is not None else None
    verify = True if own is None else TrustedAuthorities(authorities)
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
    async with HttpClient(auth=auth, timeout=httpx.Timeout(10.0), limits=limits, verify=verify) as client:
        if own is not None:
            tracing.instrument_client(client)
        yield client
