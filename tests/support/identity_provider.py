"""An OpenID provider of somebody else: it signs any claims, exchanges its keys, and goes away."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from goldenthread.launcher.ports import free_port
from tests.support.asgi_server import serving


class IdentityProvider:
    """Answers at `url` between `start` and `stop`; its key outlives that."""

    def __init__(self) -> None:
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._key = _new_key()
        self._published = [self._key]
        self._running = AsyncExitStack()

    async def start(self) -> None:
        """Answer from now on."""
        routes = [Route("/.well-known/openid-configuration", self._discovery), Route("/keys", self._keys)]
        await self._running.enter_async_context(serving(Starlette(routes=routes), self._port))

    async def stop(self) -> None:
        """Answer no more."""
        await self._running.aclose()

    def rotate(self) -> None:
        """Sign with another key from now on, and withdraw the one before."""
        self._key = _new_key()
        self._published = [self._key]

    def token(self, subject: str, **claims: Any) -> str:
        """A token of five minutes."""
        now = int(time.time())
        about = {"iss": self.url, "aud": "goldenthread", "sub": subject, "iat": now, "exp": now + 300} | claims
        return str(jwt.encode({"alg": "ES256", "kid": self._key.kid}, about, self._key, algorithms=["ES256"]))

    async def _discovery(self, _: Request) -> Response:
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self._published]})


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)
