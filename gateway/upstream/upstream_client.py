"""One upstream as this process asks it: within deadlines, over connections of its own, and not again while it is
known to be silent. An upstream that hangs takes no connections of the others, and no caller's time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from gateway.upstream.ports import NotSent, Unreachable
from goldenthread.runtime.tokens.token_sources import NoToken
from goldenthread.runtime.web.circuit_breaker import CircuitBreaker

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.LocalProtocolError)


class UpstreamClient:
    """The upstream `source` at `url`. Everything raises `Unreachable`, and `NotSent` where nothing was sent."""

    def __init__(self, source: str, client: httpx.AsyncClient, url: str) -> None:
        self._source, self._client, self._url = source, client, url.rstrip("/")
        self.silence = CircuitBreaker()

    async def send(self, method: str, path: str, seconds: float, *, look: bool = False, **more: Any) -> httpx.Response:
        """The answer, whatever it is, within `seconds`. With `look` it is asked also while it is known to be silent."""
        self._begin(look)
        try:
            async with asyncio.timeout(seconds):
                answer = await self._client.request(method, self._url + path, timeout=seconds, **more)
        except (httpx.HTTPError, TimeoutError) as error:
            raise self._failed(error) from error
        self.silence.answered()
        return answer

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        query: dict[str, str | int],
        pause: float,
        seconds: float,
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """An answer that is read while it comes: each piece within `pause`, all of it within `seconds`."""
        self._begin()
        timeout = httpx.Timeout(pause)
        try:
            async with (
                asyncio.timeout(seconds),
                self._client.stream("GET", self._url + path, params=query, timeout=timeout, headers=headers) as answer,
            ):
                self.silence.answered()
                yield answer
        except (httpx.HTTPError, TimeoutError) as error:
            raise self._failed(error) from error

    def _begin(self, look: bool = False) -> None:
        if look:
            self.silence.request_sent()
        elif not self.silence.allows_request():
            raise NotSent(f"{self._source} has not answered lately, and is not asked until it does")

    def _failed(self, error: Exception) -> Unreachable:
        if isinstance(error, NoToken):
            return NotSent(f"{self._source} was not asked: {error}")
        if isinstance(error, httpx.PoolTimeout):
            return NotSent(f"all connections to {self._source} are in use")
        if isinstance(error, httpx.TimeoutException | TimeoutError):
            self.silence.timed_out()
        else:
            self.silence.answered()
        kind = NotSent if isinstance(error, _NOT_SENT) else Unreachable
        return kind(f"{self._source} does not answer: {type(error).__name__} {error}")
