"""Organisations held in memory at a revision, each under its own lock (see docs/decisions/0001)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import events_from_json
from goldenthread.contracts.organization import Organization
from goldenthread.runtime import outbox
from goldenthread.runtime.database import Connection
from services.goals import store


class Memory:
    """At most `held` organisations; the longest unused goes first. `at` is always the state of the given revision."""

    def __init__(self, held: int) -> None:
        self._held = held
        self._known: OrderedDict[Id, tuple[int, Organization]] = OrderedDict()
        self._locks: dict[Id, asyncio.Lock] = {}

    def lock(self, organization: Id) -> asyncio.Lock:
        """One command at a time in this process: waiting here holds no database connection."""
        return self._locks.setdefault(organization, asyncio.Lock())

    async def at(self, connection: Connection, organization: Id, revision: int) -> Organization:
        """The organisation at `revision`, its locked head: what is held, caught up from the outbox, else loaded."""
        held, org = self._known.get(organization, (-1, None))
        if org is None:
            org = Organization.of(await store.entities(connection, organization))
        elif held != revision:
            for row in await store.events(connection, organization, held + 1, revision):
                for event in events_from_json(b"[" + outbox.as_json(row) + b"]"):
                    org.apply(event.data)
        self.keep(organization, revision, org)
        return org

    def keep(self, organization: Id, revision: int, org: Organization) -> None:
        """This is the organisation at `revision`."""
        self._known[organization] = (revision, org)
        self._known.move_to_end(organization)
        while len(self._known) > self._held:
            self._known.popitem(last=False)

    def drop(self, organization: Id) -> None:
        """Nothing is known any more: the next look loads it."""
        self._known.pop(organization, None)
