"""Organisations held in memory at a head, each under its own lock (see docs/decisions/0001)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from weakref import WeakValueDictionary

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import events_from_json
from goldenthread.contracts.organization import Organization
from goldenthread.contracts.reading import Position
from goldenthread.runtime import metrics, outbox
from goldenthread.runtime.database import Connection, Pool
from services.goals import store


class Memory:
    """At most `held` organisations; the longest unused goes first. `at` is always the state at the given head."""

    def __init__(self, held: int) -> None:
        self._held = held
        self._known: OrderedDict[Id, tuple[Position, Organization]] = OrderedDict()
        # Kept as long as somebody has or wants it: callers make ids up.
        self._locks: WeakValueDictionary[Id, asyncio.Lock] = WeakValueDictionary()

    def lock(self, organization: Id) -> asyncio.Lock:
        """One command at a time in this process: waiting here holds no database connection."""
        return self._locks.setdefault(organization, asyncio.Lock())

    async def prepare(self, pool: Pool, organization: Id) -> None:
        """Load the organisation at its head of now, without its row lock, so that nobody waits there for the loading.

        `at` catches up with what is written until it is locked.
        """
        if organization in self._known:
            return
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            head = await outbox.position(connection, organization)
            if head.sequence:
                self.keep(organization, head, await _load(connection, organization))

    async def at(self, connection: Connection, organization: Id, head: Position) -> Organization:
        """The organisation at its locked head: what is held, caught up from the outbox, else loaded.

        Loaded as well where the event held last is not in the outbox any more: the database was restored from a backup.
        """
        held, org = self._known.get(organization, (Position(), None))
        if org is not None and held != head:
            rows = await store.events(connection, organization, held.sequence, head.sequence)
            events = events_from_json(b"[" + b",".join(outbox.as_json(row) for row in rows) + b"]")
            for event in events[1:]:
                org.apply(event.data)
            if not events or events[0].id != held.id:
                org = None
        if org is None:
            org = await _load(connection, organization)
        self.keep(organization, head, org)
        return org

    def keep(self, organization: Id, head: Position, org: Organization) -> None:
        """This is the organisation at `head`."""
        self._known[organization] = (head, org)
        self._known.move_to_end(organization)
        while len(self._known) > self._held:
            self._known.popitem(last=False)
        metrics.ORGANIZATIONS.labels("goals").set(len(self._known))

    def drop(self, organization: Id) -> None:
        """Nothing is known any more: the next look loads it."""
        self._known.pop(organization, None)
        metrics.ORGANIZATIONS.labels("goals").set(len(self._known))


async def _load(connection: Connection, organization: Id) -> Organization:
    """As the database has it; others have turns meanwhile."""
    org = Organization()
    async for some in store.entities(connection, organization):
        for entity in some:
            org.put(entity)
    return org
