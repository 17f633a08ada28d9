"""Who calls: bearer JWTs, verified here against the issuer's keys. What they may do is decided by goals."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Collection
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from goldenthread.contracts import texts
from goldenthread.contracts.read_api import issuer_id
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import SERVICE_CLAIM, SERVICE_CLIENTS, ProcessSettings
from goldenthread.runtime.identity.caller import Caller as Caller
from goldenthread.runtime.identity.caller import KeysUnavailable as KeysUnavailable
from goldenthread.runtime.identity.caller import Unauthenticated as Unauthenticated
from goldenthread.runtime.identity.claim_values import claim_texts
from goldenthread.runtime.observability.failures import log_unforeseen

ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Asymmetric ones only: neither `none` nor a shared secret."""

_REFRESH_SECONDS = 10.0
"""Between two fetches because of tokens that no key fits, at least."""
_STALE_SECONDS = 300.0
"""After which the keys are fetched again whatever comes, so that one that was withdrawn is not trusted for ever."""
_FETCH_SECONDS = 3.0
"""For both documents of the issuer, while a request may wait for them."""
_LEEWAY_SECONDS = 30
_TOKEN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){2}")
"""A signed token (RFC 7515). It is sent on in headers, and libraries overlook foreign characters in a signature."""
_LONGEST_ORGANIZATION, _LONGEST_SUBJECT, _LONGEST_EMAIL = 200, 500, 320
_LATEST = 2.0**40
"""Seconds since 1970, after which no time is meant."""
# A header is the caller's: of whatever type its values are, it is refused.
_REFUSED = (JoseError, ValueError, TypeError, AttributeError, RecursionError)


def _name(claims: dict[str, Any], claim: str, longest: int) -> str:
    """A claim that names somebody or something: printable text. Raises `Unauthenticated`."""
    found = claims.get(claim)
    if not isinstance(found, str) or not found.strip():
        raise Unauthenticated(f"the token names no {_NAMED[claim]} (claim `{claim}`, as text); take another one")
    if len(found) > longest or texts.wrong(found, line=True) is not None:
        raise Unauthenticated(
            f"the token's {_NAMED[claim]} (claim `{claim}`) is not one line of at most {longest} printable"
            " characters; take another one"
        )
    return found


def _email(claims: dict[str, Any]) -> str | None:
    """The e-mail address; None where the claim is no address. It decides nothing by itself, so no token is refused."""
    found = claims.get("email")
    fits = isinstance(found, str) and 0 < len(found) <= _LONGEST_EMAIL and texts.wrong(found, line=True) is None
    return found if fits else None


_NAMED = {"sub": "login", "organization": "organization"}


def _check_times(claims: dict[str, Any]) -> None:
    """Raises `Unauthenticated` for times that are none, and for a token that is from later than now."""
    for claim in ("exp", "nbf", "iat"):
        at = claims.get(claim)
        if at is not None and not (type(at) in (int, float) and 0 <= at <= _LATEST):
            raise Unauthenticated(f"the token's claim `{claim}` is no time in seconds; take another one")
    ahead = max(claims.get("nbf") or 0, claims.get("iat") or 0) - time.time()
    if ahead > _LEEWAY_SECONDS:
        raise Unauthenticated(
            f"by this server's clock the token is from {ahead:.0f} s later than now: the clocks of the server and of"
            " the issuer differ, or it is not valid yet. Have them set, or wait, and send it again"
        )


class Verifier:
    """Verifies tokens of one issuer: signature, issuer, audience, expiry, algorithm; keys by OIDC discovery.

    `now`: seconds of this process, by which keys grow old.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        issuer: str,
        audience: str,
        *,
        url: str = "",
        service_claim: str = SERVICE_CLAIM,
        service_clients: Collection[str] = SERVICE_CLIENTS,
        administrator_claim: str | None = None,
        administrator_values: Collection[str] = (),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._issuer, self._audience = client, issuer_id(issuer), audience
        self.url = (url or issuer).rstrip("/")
        """Where the issuer's documents are read."""
        self._service_claim, self._service_clients = service_claim, frozenset(service_clients)
        self._administrator_claim, self._administrators = administrator_claim, frozenset(administrator_values)
        self._now = now
        self._keys: KeySet | None = None
        self._fetched = float("-inf")
        self._fetching: asyncio.Task[KeySet] | None = None
        self._claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    @classmethod
    def of(cls, client: httpx.AsyncClient, settings: ProcessSettings) -> Verifier:
        """Verifies what the settings of a process trust."""
        return cls(
            client,
            settings.issuer,
            settings.audience,
            url=settings.issuer_url,
            service_claim=settings.service_claim,
            service_clients=settings.service_clients.split(),
            administrator_claim=settings.administrator_claim,
            administrator_values=settings.installation_administrators,
        )

    async def caller(self, authorization: str | None) -> Caller:
        """The caller of an `Authorization` header's value. Raises `Unauthenticated` and `KeysUnavailable`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("send a token: `Authorization: Bearer …`")
        claims = await self._verified(token.strip())
        client = claims.get(self._service_claim)
        service = isinstance(client, str) and client in self._service_clients
        subject = _name(claims, "sub", _LONGEST_SUBJECT)
        administers = not service and self._administers(claims)
        organization = None
        if claims.get("organization") is not None or not (service or administers):
            organization = _name(claims, "organization", _LONGEST_ORGANIZATION)
        return Caller(
            subject,
            organization,
            service,
            Secret(token.strip()),
            claims["exp"] + _LEEWAY_SECONDS,
            self._issuer,
            administers,
            email=_email(claims),
            email_verified=claims.get("email_verified") is True,
        )

    async def read_keys(self) -> None:
        """Read the issuer's keys, so that no request has to wait for them. Raises `KeysUnavailable`."""
        await self._fresh()

    async def fetched(self) -> None:
        """Wait until the keys that are being fetched, if they are, have come or not."""
        if self._fetching is not None:
            await asyncio.wait([self._fetching])

    def _administers(self, claims: dict[str, Any]) -> bool:
        if self._administrator_claim is None:
            return False
        return not self._administrators.isdisjoint(claim_texts(claims, self._administrator_claim))

    async def _verified(self, token: str) -> dict[str, Any]:
        if not _TOKEN.fullmatch(token):
            raise Unauthenticated("this is not a token, or a damaged one; copy it again, or take a new one")
        age = self._now() - self._fetched
        if self._keys is not None and age > _STALE_SECONDS:
            self._fetch_once()  # in the background: an issuer that is away keeps nobody out
        claims = self._decoded(token, self._keys or await self._fresh())
        if isinstance(claims, Exception) and self._now() - self._fetched > _REFRESH_SECONDS:
            # Perhaps a key the issuer made since we last asked.
            claims = self._decoded(token, await self._fresh())
        try:
            if isinstance(claims, Exception):
                raise claims
            _check_times(claims)
            self._claims.validate(claims)
        except _REFUSED as error:
            reason = str(error).strip(" :")
            raise Unauthenticated(
                f"the token is damaged, too old, or not of an issuer that is trusted here ({reason}); take a new one"
            ) from error
        return claims

    @staticmethod
    def _decoded(token: str, keys: KeySet) -> dict[str, Any] | Exception:
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except _REFUSED as error:
            return error

    async def _fresh(self) -> KeySet:
        """The keys as they are now; all who wait for them wait for one answer."""
        return await asyncio.shield(self._fetch_once())

    def _fetch_once(self) -> asyncio.Task[KeySet]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(_hear)
        return self._fetching

    async def _fetch(self) -> KeySet:
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                found = await self._client.get(f"{self.url}/.well-known/openid-configuration")
                keys = await self._client.get(found.raise_for_status().json()["jwks_uri"])
            self._keys = KeySet.import_key_set(keys.raise_for_status().json())
            return self._keys
        except (httpx.HTTPError, TimeoutError, JoseError, KeyError, TypeError, ValueError) as error:
            raise KeysUnavailable(
                f"The issuer's keys cannot be read now ({type(error).__name__}). Try again."
            ) from error
        finally:
            self._fetched = self._now()


def _hear(fetching: asyncio.Task[KeySet]) -> None:
    """Log errors of fetching the keys that were not foreseen; perhaps no request waits for them. An issuer that is
    away is no error of ours, and not logged.
    """
    error = None if fetching.cancelled() else fetching.exception()
    if error is not None and not isinstance(error, KeysUnavailable):
        log_unforeseen("keys", "the issuer's keys were not read", error)
