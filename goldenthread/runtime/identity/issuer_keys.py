"""The keys of one issuer, found by OIDC discovery, as fresh as they need to be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from goldenthread.contracts.read_api import issuer_id
from goldenthread.runtime.identity.caller import KeysUnavailable
from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.tokens.issuer_endpoints import TokenRequestFailed, json_answer

_REFRESH_SECONDS = 10.0
"""Between two fetches because of tokens whose signature does not fit, at least."""
_UNKNOWN_KEY_SECONDS = 1.0
"""The same because of tokens that name a key which is not known: some issuers sign with a new key at once. Anybody can
invent names of keys.
"""
_STALE_SECONDS = 300.0
"""After which the keys are fetched again whatever comes, so that one that was withdrawn is not trusted for ever."""
_FETCH_SECONDS = 3.0
"""For both documents of the issuer, while a request may wait for them."""
_LONGEST = 512 * 1024
"""Bytes of a document, at most."""


class IssuerKeys:
    """The keys of the issuer `identifier`, whose documents are read below `url`.

    One fetch at a time. `now`: seconds of this process, by which keys grow old.
    """

    def __init__(
        self, client: httpx.AsyncClient, identifier: str, url: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._client, self._identifier, self.url, self._now = client, identifier, url, now
        self._read: KeySet | None = None
        self._document: Any = None
        self._fetched = float("-inf")
        self._failed: KeysUnavailable | None = None
        self._fetching: asyncio.Task[KeySet] | None = None

    def known(self) -> KeySet | None:
        """The keys as they were last read: the same object as long as they are the same. Old ones are fetched again in
        the background: an issuer that is away keeps nobody out.
        """
        if self._read is not None and self._now() - self._fetched > _STALE_SECONDS:
            self._fetch_once()
        return self._read

    def may_be_others(self, *, unknown: bool) -> bool:
        """Whether it is time to ask again because of a token that no known key fits. `unknown`: it names a key that is
        not among them. Raises `KeysUnavailable` where such a one may be new, and the last answer did not come.
        """
        if self._now() - self._fetched > (_UNKNOWN_KEY_SECONDS if unknown else _REFRESH_SECONDS):
            return True
        if unknown and self._failed is not None:
            raise KeysUnavailable(str(self._failed)) from self._failed
        return False

    async def fresh(self) -> KeySet:
        """The keys as they are now; all who wait for them wait for one answer. Raises `KeysUnavailable`."""
        return await asyncio.shield(self._fetch_once())

    async def fetched(self) -> None:
        """Wait until the keys that are being fetched, if they are, have come or not."""
        if self._fetching is not None:
            await asyncio.wait([self._fetching])

    def _fetch_once(self) -> asyncio.Task[KeySet]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(_hear)
        return self._fetching

    async def _fetch(self) -> KeySet:
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                document = await self._documents()
            if self._read is None or document != self._document:
                self._read, self._document = _usable(document), document
            self._failed = None
            return self._read
        except (httpx.HTTPError, TokenRequestFailed, TimeoutError, JoseError, KeyError, TypeError, ValueError) as error:
            self._failed = KeysUnavailable(f"The issuer's keys cannot be read now ({type(error).__name__}). Try again.")
            raise self._failed from error
        finally:
            self._fetched = self._now()

    async def _documents(self) -> Any:
        """The set of keys. Raises `TokenRequestFailed`, also for documents of another issuer, and where TLS is left."""
        where = f"{self.url}/.well-known/openid-configuration"
        discovery = await self._json(where)
        named, keys = discovery.get("issuer"), discovery.get("jwks_uri")
        if not isinstance(named, str) or issuer_id(named) != self._identifier:
            raise TokenRequestFailed(f"{where} is of the issuer {str(named)[:200]!r}")
        if not isinstance(keys, str):
            raise TokenRequestFailed(f"{where} names no jwks_uri")
        if self.url.lower().startswith("https://") and not keys.lower().startswith("https://"):
            raise TokenRequestFailed(f"{where} names a jwks_uri without TLS, from which no keys are read")
        return await self._json(keys)

    async def _json(self, url: str) -> dict[str, Any]:
        status, found = await json_answer(self._client, "GET", url, longest=_LONGEST)
        if status != httpx.codes.OK:
            raise TokenRequestFailed(f"{url} answers {status}")
        return found


def _usable(document: Any) -> KeySet:
    """The keys of the document that can be used: one of a kind that is not known here takes no others along (RFC 7517,
    section 5). Raises `ValueError` where there is none, and for what is no set of keys `KeyError` or `TypeError`.
    """
    keys = []
    for each in document["keys"]:
        with suppress(JoseError, KeyError, TypeError, ValueError):
            keys.append(JWKRegistry.import_key(each))
    if not keys:
        raise ValueError("no key of the issuer can be used")
    return KeySet(keys)


def _hear(fetching: asyncio.Task[KeySet]) -> None:
    """Log errors of fetching the keys that were not foreseen; perhaps no request waits for them. An issuer that is
    away is no error of ours, and not logged.
    """
    error = None if fetching.cancelled() else fetching.exception()
    if error is not None and not isinstance(error, KeysUnavailable):
        log_unforeseen("keys", "the issuer's keys were not read", error)
