"""Snapshots as streams of pages: one transaction, read by a cursor as fast as the reader takes them, and no faster."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from goldenthread.contracts.read_api import StreamPosition
from goldenthread.contracts.snapshots import MEDIA_TYPE, PAGE, SnapshotHead, end_line, head_line, page_line
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection, Pool, read_snapshot

log = logging.getLogger(__name__)

SECONDS = 120.0
"""How long a reader may take for a whole snapshot, and keep its transaction and connection."""

Page = Callable[[Connection, Sequence[Any]], Awaitable[Any]]
"""Makes a page of some rows, in the transaction they were read in."""


class SnapshotResponse(Response):
    """Rows of `query`, whose $1 is the organization, page by page at one commit boundary.

    A reader that takes longer than `seconds` for all of it is cut off, which it notices: the end line is missing.
    """

    def __init__(
        self, pool: Pool, organization: str, query: str, page: Page, *, rows: int = PAGE, seconds: float = SECONDS
    ) -> None:
        super().__init__(media_type=MEDIA_TYPE)
        self._pool, self._organization, self._query, self._page = pool, organization, query, page
        self._rows, self._seconds = rows, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as in ASGI
        """Send the snapshot. When the time is over it returns without the end line, and the server closes the
        connection.
        """
        try:
            async with asyncio.timeout(self._seconds):
                await self._send(send)
        except TimeoutError:
            log.warning("a snapshot of %s was not read within %g s", self._organization, self._seconds)

    async def _send(self, send: Send) -> None:
        async with read_snapshot(self._pool) as connection:
            head = await outbox.head(connection, self._organization)
            headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            at = SnapshotHead(StreamPosition(head.sequence, head.id), head.judged or 0, head.judged_id)
            await send(_body(head_line(at)))
            # Of a deleted organization rows may be left that are still to be purged: nothing of it is shown.
            organization = self._organization if head.deleted is not True else ""
            cursor, sent = await connection.cursor(self._query, organization), 0
            while rows := await cursor.fetch(self._rows):
                sent += len(rows)
                await send(_body(page_line(await self._page(connection, rows))))
                await asyncio.sleep(0)
        await send(_body(end_line(sent), more=False))


def _body(line: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": line, "more_body": more}


def page_of(make: Callable[[Mapping[str, Any]], Any]) -> Page:
    """A page that is a list of what `make` makes of each row."""

    async def page(_: Connection, rows: Sequence[Any]) -> list[Any]:
        return [make(row) for row in rows]

    return page
