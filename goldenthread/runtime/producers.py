"""A producer's replay side over HTTP: what projections repair from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import httpx
import msgspec

from goldenthread.contracts import reading
from goldenthread.contracts.envelope import events_from_json
from goldenthread.runtime.projection.position import Position
from goldenthread.runtime.projection.protocols import Heads, Page

_pages = msgspec.json.Decoder(reading.EventsPage)
_heads = msgspec.json.Decoder(reading.Heads)


class HttpProducer:
    """`runtime.projection.protocols.Producer` of the service at `url`. Raises `httpx.HTTPError` when it is away,
    and ConnectionError when its heads cannot be read.
    """

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client, self._url = client, url.rstrip("/")

    async def events(self, organization: str, after: int, limit: int) -> Page:
        """Whole commits after a sequence."""
        query: dict[str, str | int] = {"organization": organization, "after": after, "limit": min(limit, 5_000)}
        page = _pages.decode((await self._get("/v1/events", query)).content)
        head = page.head
        through = Position(head.judged, head.judged_id) if head.judged is not None else None
        return Page(events_from_json(page.events), Position(head.sequence, head.id), through)

    async def heads(self, changed_since: str | None) -> Heads:
        """The heads, and the time to ask with next."""
        query: dict[str, str | int] = {"changedSince": changed_since} if changed_since else {}
        try:
            found = _heads.decode((await self._get("/v1/heads", query)).content)
        except msgspec.MsgspecError as error:
            raise ConnectionError(f"{self._url} answers in another language: {error}") from error
        at: datetime = found.at
        heads = {organization: Position(head.sequence, head.id) for organization, head in found.heads.items()}
        return Heads(heads, at.isoformat())

    async def _get(self, path: str, query: Mapping[str, str | int]) -> httpx.Response:
        answer = await self._client.get(self._url + path, params=query)
        return answer.raise_for_status()
