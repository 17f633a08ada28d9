"""The replay API of an upstream over HTTP, from which projections are repaired."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import httpx
import msgspec

from goldenthread.contracts import read_api
from goldenthread.contracts.envelope import events_from_json
from goldenthread.runtime.streams.heads_query import heads_query, next_page
from goldenthread.runtime.streams.position import GONE, Position
from goldenthread.runtime.streams.upstream import ChangedHeads, HeadsPage, Page

_pages = msgspec.json.Decoder(read_api.EventsPage)
_heads = msgspec.json.Decoder(read_api.Heads)

HEADS_SECONDS = 3.0
PAGE_SECONDS = 10.0
"""For thousands of events; only the organization that is being repaired waits for them."""


class HttpUpstream:
    """`runtime.streams.upstream.Upstream` of the service at `url`.

    Raises `httpx.HTTPError` when it is away, `TimeoutError` when it does not answer in time, and ConnectionError when
    its heads cannot be read.
    """

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client, self._url = client, url.rstrip("/")

    async def events(self, organization: str, after: int, limit: int) -> Page:
        """Whole commits after a sequence."""
        query: dict[str, str | int] = {"organization": organization, "after": after, "limit": min(limit, 5_000)}
        page = _pages.decode(await self._ask("GET", "/v1/events", PAGE_SECONDS, params=query))
        head = page.head
        if head.deleted is True:
            return Page([], GONE)
        through = Position(head.judged, head.judged_id) if head.judged is not None else None
        return Page(events_from_json(page.events), Position(head.sequence, head.id), through)

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        """The heads, and the time to use in the next request; and when what comes after places was written."""
        query = heads_query(changed_since, named, after, page)
        headers = {"Content-Type": "application/json"}
        content = msgspec.json.encode(query)
        answer = await self._ask("POST", "/v1/heads", HEADS_SECONDS, content=content, headers=headers)
        try:
            found = _heads.decode(answer)
        except msgspec.MsgspecError as error:
            raise ConnectionError(f"the answer of {self._url} cannot be decoded: {error}") from error
        heads = {organization: _position(head) for organization, head in found.heads.items()}
        return ChangedHeads(heads, found.at.isoformat(), written=found.written or {}, next=next_page(found))

    async def _ask(self, method: str, path: str, seconds: float, **more: Any) -> bytes:
        async with asyncio.timeout(seconds):
            answer = await self._client.request(method, self._url + path, timeout=seconds, **more)
        if not answer.is_success:  # httpx's own text has two lines
            said = f"{self._url} answered {answer.status_code} to {path}"
            raise httpx.HTTPStatusError(said, request=answer.request, response=answer)
        return answer.content


def _position(head: read_api.Head) -> Position:
    return GONE if head.deleted is True else Position(head.sequence, head.id)
