"""What happened to a node, newest first; read from goals, which keeps every event."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import Private

from gateway.budget import cost
from gateway.live.organization_view import OrganizationView
from gateway.request.context import Info
from gateway.schema.core.connection import NESTED, Connection, Edge, connection, cursor, no_cursor, read_cursor, size
from gateway.schema.core.node import field, own
from gateway.schema.types import refs
from gateway.schema.types.lookups import person
from goldenthread.contracts import read_api
from goldenthread.contracts.entities import Id

_MOST_REVISION = 2**62


@strawberry.type(description="One change, in words.")
class HistoryEntry:
    """One change, in words."""

    view: Private[OrganizationView]
    row: Private[read_api.HistoryEntry]
    revision: int = own()
    at: datetime = own()
    type: str = own()
    summary: str = own()

    @field
    def by(self) -> refs.Person | None:
        """Who did it; null for the clock and for services."""
        return person(self.view, self.row.by)


async def change(info: Info, revision: int | None) -> HistoryEntry | None:
    """The change that made a revision."""
    row = await info.context.change(revision) if revision else None
    return HistoryEntry(view=info.context.view, row=row) if row is not None else None


async def history_page(info: Info, subject: Id, first: int | None, after: str | None) -> Connection[HistoryEntry]:
    """A page of the history of one thing."""
    view, most = info.context.view, size(first, NESTED)
    before = _revision(after) if after is not None else None
    async with cost.reading():
        found = await info.context.cache.upstreams.history(view.id, subject, before, most + 1)
    edges = [
        Edge(cursor=cursor(row.revision, row.event), node=HistoryEntry(view=view, row=row))
        for row in found.entries[:most]
    ]
    return connection(edges, found.total, after is not None, len(found.entries) > most)


def _revision(after: str) -> int:
    """The revision in a cursor. Raises `BadRequest`."""
    revision, _ = read_cursor(after)
    if not 0 <= revision <= _MOST_REVISION:
        raise no_cursor()
    return revision
