"""The person a login belongs to, asked of goals for every command, so that a person who was removed may do nothing at
once.
"""

from __future__ import annotations

import asyncio

import httpx
import msgspec

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.read_api import Login, LoginAnswer
from goldenthread.runtime.web.circuit_breaker import CircuitBreaker

SECONDS = 2.0
"""The deadline: goals looks up one row, and a caller waits for their command."""
_answers = msgspec.json.Decoder(LoginAnswer)


class LoginLookup:
    """Asks goals, with our own token, to whom a login belongs."""

    def __init__(self, client: httpx.AsyncClient, goals_url: str) -> None:
        self._client, self._url = client, goals_url.rstrip("/")
        self._circuit = CircuitBreaker()

    async def person(self, organization: Id, login: Login) -> Id | None:
        """The live person a login belongs to, if any. Raises `Refused` (UNAVAILABLE) when goals is away."""
        query = {"organization": organization, "issuer": login.issuer, "subject": login.subject}
        try:
            found = _answers.decode(await self._request(query)).person
        except (httpx.HTTPError, TimeoutError, msgspec.MsgspecError) as error:
            message = "Who you are cannot be looked up now; nothing was changed. Try again in a moment."
            raise refuse(ErrorCode.UNAVAILABLE, message) from error
        return found.id if found is not None else None

    async def _request(self, query: dict[str, str]) -> bytes:
        if not self._circuit.allows_request():
            raise TimeoutError("goals has not answered lately")
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._client.get(f"{self._url}/v1/login", params=query, timeout=SECONDS)
        except (httpx.TimeoutException, TimeoutError):
            self._circuit.timed_out()
            raise
        except httpx.HTTPError:
            self._circuit.answered()
            raise
        self._circuit.answered()
        return answer.raise_for_status().content
