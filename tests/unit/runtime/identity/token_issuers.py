"""Issuers of unit tests: they sign tokens, and answer a verifier without a network."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

AUDIENCE = "goldenthread"
_CLAIMS = {"aud": AUDIENCE, "sub": "ada", "organization": "org_1"}


class FakeIssuer:
    """An issuer at `url`, which signs with its latest key. Does not answer while `away`, nor before `go` is set."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = new_key()
        self.published = [self.key]
        self.odd_keys: list[Any] = []
        """Published beside them."""
        self.asked = 0
        self.away = False
        self.go = asyncio.Event()
        self.go.set()

    def rotate(self) -> None:
        """Sign with another key from now on, and withdraw the one before."""
        self.key = new_key()
        self.published = [self.key]

    def token(self, **other: Any) -> str:
        """The value of an `Authorization` header."""
        claims = _CLAIMS | {"iss": self.url, "exp": int(time.time()) + 600} | other
        kept = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": self.key.kid}
        return f"Bearer {jwt.encode(header, kept, self.key, algorithms=['ES256'])}"

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Its documents."""
        await self.go.wait()
        if self.away:
            raise httpx.ConnectError("away")
        if request.url.path.endswith("openid-configuration"):
            self.asked += 1
            return httpx.Response(200, json={"issuer": self.url, "jwks_uri": f"{self.url}/keys"})
        keys = [key.as_dict(private=False) for key in self.published]
        return httpx.Response(200, json={"keys": [*self.odd_keys, *keys]})


def new_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


def client(*issuers: FakeIssuer) -> httpx.AsyncClient:
    """Reaches those issuers, and nobody else."""

    async def answer(request: httpx.Request) -> httpx.Response:
        for each in issuers:
            if str(request.url).startswith(f"{each.url}/"):
                return await each.answer(request)
        raise AssertionError(f"nobody is to be asked {request.url}")

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))
