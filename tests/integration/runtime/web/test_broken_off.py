"""A response that is broken off on purpose: its reader sees that it has no end, and the log has no error."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from goldenthread.runtime.web.http_protocol import ResponseBrokenOff
from tests.support.asgi_server import serving


async def _broken(request: Request) -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a piece"
        raise ResponseBrokenOff if request.url.path == "/broken" else RuntimeError("a mistake")

    return StreamingResponse(pieces())


@pytest.mark.parametrize(("path", "errors"), [("/broken", 0), ("/failed", 1)])
async def test_only_what_was_not_meant_is_logged(path: str, errors: int, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        serving(Starlette(routes=[Route("/{path}", _broken)])) as url,
        httpx.AsyncClient() as http,
        http.stream("GET", f"{url}{path}") as answer,
    ):
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            await answer.aread()
    assert len([each for each in caplog.records if each.levelname == "ERROR"]) == errors
