"""Whose login that is: goals knows, notifications asks and remembers for a minute."""

from __future__ import annotations

import time
from collections import OrderedDict

import httpx
import msgspec

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.reading import PersonName

_FRESH_SECONDS = 60.0
_AGAIN_SECONDS = 1.0
_HELD = 1_000
_names = msgspec.json.Decoder(list[PersonName])


class Logins:
    """Logins by organisation, asked of goals with our own token; a login not known is asked for again."""

    def __init__(self, client: httpx.AsyncClient, goals_url: str) -> None:
        self._client, self._url = client, goals_url.rstrip("/")
        self._known: OrderedDict[Id, tuple[float, dict[str, Id]]] = OrderedDict()

    async def person(self, organization: Id, login: str) -> Id | None:
        """The person a login belongs to, None when to nobody. Raises `Refused` (UNAVAILABLE) when goals is away."""
        at, known = self._known.get(organization, (float("-inf"), {}))
        age = time.monotonic() - at
        if age > _FRESH_SECONDS or (login not in known and age > _AGAIN_SECONDS):
            known = await self._ask(organization)
            self._known[organization] = (time.monotonic(), known)
            self._known.move_to_end(organization)
            while len(self._known) > _HELD:
                self._known.popitem(last=False)
        return known.get(login)

    async def _ask(self, organization: Id) -> dict[str, Id]:
        try:
            answer = await self._client.get(f"{self._url}/v1/people", params={"organization": organization})
            names = _names.decode(answer.raise_for_status().content)
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            message = "Who you are cannot be looked up now; nothing was changed. Try again in a moment."
            raise refuse(ErrorCode.UNAVAILABLE, message) from error
        return {name.subject: name.id for name in names}
