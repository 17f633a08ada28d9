"""What units, people, cycles and the organization itself share: their changes are in the history."""

from __future__ import annotations

import strawberry
from strawberry import Private

from gateway.request.context import Info
from gateway.schema.core.connection import Connection
from gateway.schema.core.node import Node, field
from gateway.schema.types.history import HistoryEntry, history_page
from goldenthread.contracts import entities as e


@strawberry.type
class Recorded(Node):
    """Something whose changes are in the history of the organization."""

    row: Private[e.OrganizationInfo | e.OrgUnit | e.Person | e.Cycle]

    @field
    async def history(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[HistoryEntry]:
        """What happened to it, newest first."""
        return await history_page(info, self.row.id, first, after)
