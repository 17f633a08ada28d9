"""An issuer that gives tokens to clients, over HTTP: short ones, or refusals, or no answer at all."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from goldenthread.launcher.issuer import Issuer
from goldenthread.launcher.ports import free_port
from tests.support.asgi_server import serving

LEEWAY = 30
"""Seconds for which our processes take a token that has expired."""
_SPARE = 4
"""Seconds for which a token is taken after the client was told that it expires: a busy machine may be late by some.
The times in a token are whole seconds, besides.
"""


class TokenServer:
    """Gives `client` the tokens of `issuer`, whose keys verify them. Whoever takes expired ones for another `leeway`
    seconds, as our processes do, refuses one after `seconds`.
    """

    def __init__(
        self, issuer: Issuer, client: str = "goldenthread-gateway", seconds: int = 7, leeway: int = LEEWAY
    ) -> None:
        self.issuer, self.client, self.seconds, self._leeway = issuer, client, seconds, leeway
        self.secret = "the secret of the test"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.given = list[str]()
        """The tokens, in order."""
        self.forms = list[dict[str, Any]]()
        """What was asked for, each time, whatever the answer was."""
        self.most_at_once = 0
        self.refusal: Response | None = None
        """What is answered instead of a token."""
        self.answers = asyncio.Event()
        """While it is not set, nothing is answered."""
        self.answers.set()
        self._at_once = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answers as long as the block."""
        routes = [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/token", self._token, methods=["POST"]),
        ]
        async with serving(Starlette(routes=routes), self.port):
            yield

    async def _discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer.identifier,
                "jwks_uri": f"{self.issuer.url}/jwks.json",
                "token_endpoint": f"{self.url}/token",
            }
        )

    async def _token(self, request: Request) -> Response:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            self.forms.append(dict(parse_qsl((await request.body()).decode())))
            await self.answers.wait()
            return self._answer(request.headers.get("authorization", ""))
        finally:
            self._at_once -= 1

    def _answer(self, authorization: str) -> Response:
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        client, _, secret = (unquote_plus(each) for each in pair.partition(":"))
        if self.refusal is not None:
            return self.refusal
        if (client, secret) != (self.client, self.secret):
            return JSONResponse({"error": "invalid_client", "error_description": f"not {secret}"}, 401)
        lifetime = timedelta(seconds=self.seconds - self._leeway)
        self.given.append(self.issuer.service_token(client, lifetime))
        told = {"access_token": self.given[-1], "token_type": "Bearer", "expires_in": max(1, self.seconds - _SPARE)}
        return JSONResponse(told)
