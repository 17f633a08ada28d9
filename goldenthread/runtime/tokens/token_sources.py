"""The token by which the other processes know this one: where it comes from, and how it is shown.

`docs/decisions/0029-credentials-of-the-services.md` says how tokens are exchanged while the process runs.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from time import monotonic
from typing import Protocol

import httpx

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.small_files import UnreadableFile, read_secret

log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""After which a file is read again."""


class NoToken(httpx.ConnectError):
    """This process has no token that is valid now, so nothing was sent. Says why."""


class TokenSource(Protocol):
    """Has the token that this process shows others."""

    async def token(self) -> Secret:
        """The token. Raises `NoToken`, within seconds."""

    async def renewed(self, refused: Secret) -> Secret | None:
        """Another token than `refused`, which was just answered 401; None when there is none now. Raises `NoToken`."""

    def problem(self) -> str | None:
        """Why there is no new token, in a sentence for whoever runs this; None when there is nothing to say."""


class StaticToken:
    """A token that is never exchanged."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    async def token(self) -> Secret:
        """Always the same."""
        return self._token

    async def renewed(self, refused: Secret) -> Secret | None:  # noqa: ARG002
        """None: there is no other token."""
        return None

    def problem(self) -> str | None:
        """None: a process that is shown the token says what is wrong with it."""
        return None


class TokenFile:
    """The token in a file that another program replaces. While the file cannot be read, the last token is shown."""

    def __init__(self, path: str, first: Secret | None = None, clock: Callable[[], float] = monotonic) -> None:
        self._path, self._token, self._clock = path, first, clock
        self._read_at = float("-inf")
        self._problem: str | None = None

    async def token(self) -> Secret:
        """As the file has it, at most a second late."""
        if self._clock() - self._read_at >= _LOOK_SECONDS:
            self._read()
        if self._token is None:
            raise NoToken(f"this process has no token: {self._problem}")
        return self._token

    async def renewed(self, refused: Secret) -> Secret | None:
        """As the file has it now, where it is another one."""
        self._read()
        return None if self._token == refused else self._token

    def problem(self) -> str | None:
        """Why the file could not be read the last time."""
        return self._problem

    def _read(self) -> None:
        self._read_at = self._clock()
        try:
            self._token, self._problem = one_line(self._path, read_secret(self._path)), None
        except UnreadableFile as error:
            if str(error) != self._problem:
                log.warning("the token in a file is not read anew, the last one is shown: %s", error)
            self._problem = str(error)


def one_line(path: str, token: Secret) -> Secret:
    """The token, if it can be sent in a header. Raises `UnreadableFile`."""
    if not all(" " < character <= "~" for character in token.reveal()):
        raise UnreadableFile(f"{path} does not hold a token alone: one line, without spaces")
    return token


class ServiceTokenAuth(httpx.Auth):
    """Shows the token of `source` with every request that shows none of its own. One that is answered 401 is repeated
    once, with another token if there is one.
    """

    def __init__(self, source: TokenSource) -> None:
        self._source = source

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The request, and perhaps the same again."""
        if "Authorization" in request.headers:  # it speaks for somebody else
            yield request
            return
        shown = await self._source.token()
        request.headers["Authorization"] = f"Bearer {shown.reveal()}"
        answer = yield request
        if answer.status_code != httpx.codes.UNAUTHORIZED:
            return
        try:
            another = await self._source.renewed(shown)
        except NoToken as error:
            log.warning("%s answers 401 to this process, which has no other token: %s", request.url.host, error)
            return
        if another is not None:
            request.headers["Authorization"] = f"Bearer {another.reveal()}"
            yield request
