"""Who calls: bearer JWTs, verified here against the issuer's keys. What they may do is decided by goals."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Asymmetric ones only: neither `none` nor a shared secret."""

_REFRESH_SECONDS = 10.0
_LEEWAY_SECONDS = 30


class Unauthenticated(Exception):
    """No token, or one that cannot be trusted: says why. Answered with 401."""


class Caller(Struct, frozen=True):
    """Who a token speaks for: a person's login in an organisation, or a service of ours (any organisation)."""

    subject: str
    organization: str | None
    service: bool
    token: str

    def may_read(self, organization: str) -> bool:
        """A service reads any organisation, a person only their own."""
        return self.service or self.organization == organization


class Verifier:
    """Verifies tokens of one issuer: signature, issuer, audience, expiry, algorithm; keys by OIDC discovery."""

    def __init__(self, client: httpx.AsyncClient, issuer: str, audience: str) -> None:
        self._client, self._issuer, self._audience = client, issuer.rstrip("/"), audience
        self._keys: KeySet | None = None
        self._fetched = float("-inf")
        self._lock = asyncio.Lock()
        self._claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def caller(self, authorization: str | None) -> Caller:
        """The caller of an `Authorization` header's value. Raises `Unauthenticated`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("send a token: `Authorization: Bearer …`")
        claims = await self._verified(token.strip())
        service = "service" in str(claims.get("scope", "")).split()
        organization = claims.get("organization")
        if not service and not isinstance(organization, str):
            raise Unauthenticated("the token names no organisation (claim `organization`)")
        return Caller(str(claims["sub"]), organization, service, token.strip())

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            return self._check(token, await self._key_set(refresh=False))
        except (JoseError, ValueError) as first:
            # A key the issuer made since we last asked: ask again, not more often than every ten seconds.
            keys = await self._key_set(refresh=True)
            try:
                return self._check(token, keys)
            except (JoseError, ValueError) as error:
                raise Unauthenticated(f"the token was not accepted: {error or first}") from error

    def _check(self, token: str, keys: KeySet) -> dict[str, Any]:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS)
        self._claims.validate(decoded.claims)
        return decoded.claims

    async def _key_set(self, refresh: bool) -> KeySet:
        async with self._lock:
            stale = time.monotonic() - self._fetched > _REFRESH_SECONDS
            if self._keys is None or (refresh and stale):
                self._fetched = time.monotonic()
                self._keys = await self._fetch()
            return self._keys

    async def _fetch(self) -> KeySet:
        try:
            found = await self._client.get(f"{self._issuer}/.well-known/openid-configuration")
            keys = await self._client.get(found.raise_for_status().json()["jwks_uri"])
            return KeySet.import_key_set(keys.raise_for_status().json())
        except (httpx.HTTPError, KeyError, ValueError) as error:
            raise Unauthenticated(
                f"the issuer's keys cannot be read now ({type(error).__name__}); try again"
            ) from error
