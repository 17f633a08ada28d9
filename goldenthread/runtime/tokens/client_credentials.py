"""OAuth client credentials (RFC 6749, 4.4): this process gets its tokens at the issuer, a new one before each expires.

One request for a token at a time. After one that failed the next waits, longer each time; meanwhile the token there is
is shown as long as it is valid.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

import httpx
from msgspec import Struct

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import ProcessSettings
from goldenthread.runtime.configuration.small_files import UnreadableFile, read_secret
from goldenthread.runtime.configuration.variables import variable
from goldenthread.runtime.tokens.issuer_endpoints import (
    IssuedToken,
    TokenEndpoint,
    TokenRequestFailed,
    discover,
    request_token,
)
from goldenthread.runtime.tokens.token_sources import NoToken

log = logging.getLogger(__name__)

_ASK_SECONDS = 10.0
"""For the discovery document and a token."""
_WAIT_SECONDS = 1.0
"""How long a call waits for a token: less than any deadline of a call, so that nobody takes the callee for silent."""
_AHEAD = 60.0
"""How long before it expires a token is exchanged; of a short one, in its last quarter."""
_SHORTEST_PAUSE, _FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 1.0, 30.0
_YOUNG = 10.0
"""A token that is younger (or in its first quarter) is not exchanged when it is refused: another one would be, too."""


class OAuthClient(Struct, frozen=True):
    """This process, as the issuer knows it."""

    id: str
    secret: Secret
    scope: str | None = None
    secret_file: str | None = None


class _Held(Struct, frozen=True):
    """A token, until when its refusal says nothing new, when it is exchanged, and when it expires."""

    token: Secret
    young_until: float
    renew_at: float
    expires_at: float


class ClientCredentials:
    """A `TokenSource`. `run` keeps its token valid; `url` is where the issuer's discovery document is read."""

    def __init__(
        self, http: httpx.AsyncClient, url: str, client: OAuthClient, clock: Callable[[], float] = monotonic
    ) -> None:
        self._http, self._url, self._client, self._clock = http, url.rstrip("/"), client, clock
        self._endpoint: TokenEndpoint | None = None
        self._held: _Held | None = None
        self._asking: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        self._failures = 0
        self._again_at = float("-inf")
        self._problem: str | None = None

    @classmethod
    def of(cls, http: httpx.AsyncClient, settings: ProcessSettings, scope: str | None = None) -> ClientCredentials:
        """As the settings say; `scope` instead of theirs."""
        if settings.service_client_id is None or settings.service_client_secret is None:
            raise ValueError("the settings give no client credentials")
        client = OAuthClient(
            settings.service_client_id,
            settings.service_client_secret,
            scope or settings.service_scope,
            settings.service_client_secret_file,
        )
        return cls(http, settings.service_issuer.documents, client)

    async def run(self) -> None:
        """Exchange the token whenever it is time, until cancelled."""
        try:
            while True:
                self._asked.clear()
                pause = self._due() - self._clock()
                if pause <= 0:
                    await asyncio.shield(self._ask_once())
                else:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await self._asked.wait()
        finally:
            if self._asking is not None and self._asking.cancel():
                await asyncio.wait([self._asking])

    async def token(self) -> Secret:
        """A token that has not expired. Raises `NoToken` when there is none within `_WAIT_SECONDS`."""
        if self._held is None or self._clock() >= self._held.expires_at:
            await self._wait()
        if self._held is None or self._clock() >= self._held.expires_at:
            raise NoToken(f"this process has no valid token of its own: {self._problem or 'the issuer is being asked'}")
        return self._held.token

    async def renewed(self, refused: Secret) -> Secret | None:
        """Another token than that which was refused; none when that is so young that the reason must be another one."""
        held = self._held
        if held is not None and held.token == refused:
            if self._clock() < held.young_until:
                return None
            await self._wait()
        found = await self.token()
        return None if found == refused else found

    def problem(self) -> str | None:
        """Why the issuer gave no token the last time it was asked."""
        return self._problem

    def _due(self) -> float:
        """When the issuer is asked next."""
        return max(self._again_at, self._held.renew_at if self._held is not None else float("-inf"))

    async def _wait(self) -> None:
        """Wait for an answer, unless the last was a failure a moment ago."""
        if self._asking is None and self._clock() < self._again_at:
            return
        done, _ = await asyncio.wait([self._ask_once()], timeout=_WAIT_SECONDS)
        for asked in done:
            if not asked.cancelled():
                asked.result()

    def _ask_once(self) -> asyncio.Task[None]:
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="asks the issuer for a token")
            self._asking.add_done_callback(self._done)
        return self._asking

    def _done(self, _: asyncio.Task[None]) -> None:
        self._asking = None
        self._asked.set()

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                self._endpoint = self._endpoint or await discover(self._http, self._url)
                self._hold(
                    await request_token(self._http, self._endpoint, self._client.id, self._secret(), self._client.scope)
                )
        except (httpx.HTTPError, TimeoutError, TokenRequestFailed) as error:
            self._failed(error)

    def _hold(self, token: IssuedToken) -> None:
        now, seconds = self._clock(), token.seconds
        renew = max(_SHORTEST_PAUSE, seconds - min(_AHEAD, seconds / 4))
        self._held = _Held(token.token, now + min(_YOUNG, seconds / 4), now + renew, now + seconds)
        if self._problem is not None:
            log.info("the issuer gives this process tokens again")
        self._failures, self._again_at, self._problem = 0, float("-inf"), None

    def _failed(self, error: Exception) -> None:
        self._endpoint = None  # it may have moved
        self._failures += 1
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(self._failures - 1, 10)) * random.uniform(0.8, 1.2)
        self._again_at = self._clock() + pause
        said = str(error) if isinstance(error, TokenRequestFailed) else _away(error)
        self._problem = f"the issuer {self._url} gives no token to {self._client.id!r}: {said}"
        log.warning("%s; asked again in %.0f s", self._problem, pause)

    def _secret(self) -> Secret:
        """As its file has it now, where it is in one."""
        file = self._client.secret_file
        if file is None:
            return self._client.secret
        try:
            return read_secret(file)
        except UnreadableFile as error:
            raise TokenRequestFailed(f"{variable('service_client_secret_file')}: {error}") from error


def _away(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {_ASK_SECONDS:g} s"
    return f"{type(error).__name__} {error}".strip()
