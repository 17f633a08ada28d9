"""An organization as it was at a revision: what an export of it said, and what an import left (docs/decisions/0034).

The outbox is kept, and every event carries the whole state of what it is about, so that the last word on everything
counts: pages of events are decoded in a thread, and only those last words are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from goldenthread.contracts import registry
from goldenthread.contracts.entities import Entity, Id
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.organization.organization import Organization
from goldenthread.runtime.postgres.database import Pool
from services.goals.organization_sessions import in_thread

_PAGE = 1_000
"""A thread decodes it in about 20 ms."""
_NOTHING = ["grace.ended", "link.overdue", "why.answer-overdue", "day.closed", "plan.imported"]
"""Types of events that change no state."""


class PastStates:
    """What an organization was at revisions, for one import: each is folded once, however often that is computed.

    `page`: events that are read and decoded at a time.
    """

    def __init__(self, pool: Pool, organization: Id, page: int = _PAGE) -> None:
        self._pool, self._organization, self._page = pool, organization, page
        self._known: dict[int, Organization] = {}

    async def at(self, revision: int, org: Organization, head: StreamPosition) -> Organization:
        """The state after the event `revision`. It is `org`, which is at `head`, where nothing has changed since."""
        if revision not in self._known:
            if not await self._changed(revision, head.sequence):
                return org
            self._known[revision] = await self._folded(revision)
        return self._known[revision]

    async def last_import(self, source: str) -> int | None:
        """The event that ended the last import of a source, where that was one of a release that remembered nothing:
        what it left here is what its file said. None where nothing of the source was ever imported, or by us.
        """
        found: int | None = await self._pool.fetchval(
            """SELECT last FROM import_upgrades, (
                   SELECT max(sequence) AS last FROM outbox
                   WHERE organization = $1 AND subject = $1 AND type = 'plan.imported'
                   AND convert_from(data, 'UTF8')::jsonb ->> 'source' = $2) AS imports
               WHERE organization = $1 AND last <= revision""",
            self._organization,
            source,
        )
        return found

    async def _changed(self, after: int, head: int) -> bool:
        return bool(
            await self._pool.fetchval(
                """SELECT EXISTS (SELECT FROM outbox
                   WHERE organization = $1 AND sequence > $2 AND sequence <= $3 AND type <> ALL($4::text[]))""",
                self._organization,
                after,
                head,
                _NOTHING,
            )
        )

    async def _folded(self, revision: int) -> Organization:
        last: dict[Id, Entity] = {}
        for after in range(0, revision, self._page):
            rows = await self._pool.fetch(
                """SELECT type, data FROM outbox
                   WHERE organization = $1 AND sequence > $2 AND sequence <= $3 AND type <> ALL($4::text[])
                   ORDER BY sequence""",
                self._organization,
                after,
                min(after + self._page, revision),
                _NOTHING,
            )
            await in_thread(partial(_learn, last, rows))
        return await in_thread(lambda: Organization.of(last.values()))


def _learn(last: dict[Id, Entity], rows: Sequence[Any]) -> None:
    for type, data in rows:
        payload = registry.decode(type, registry.CURRENT_VERSION, data)
        if payload is not None:
            last |= {entity.id: entity for entity in entities_of(payload)}
