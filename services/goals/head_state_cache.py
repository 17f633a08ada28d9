"""A cache of organizations at the head of their streams (see docs/decisions/0001), and the locks of who uses them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from goldenthread.contracts.entities import Id
from goldenthread.contracts.envelope import events_from_json
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.organization.organization import Organization
from goldenthread.runtime.observability import metrics
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection, Pool, read_snapshot
from goldenthread.runtime.postgres.transactions import Busy
from services.goals.stores import entities_store

_SLICE = 500
"""Events that are decoded before others have a turn."""


class HeadStateCache:
    """A cache of organizations: at most `held`, the longest unused goes first. `at` is always the state at a head.

    Who waits for one of the locks of an organization does so for `seconds` at most; then `Busy` is raised.
    """

    def __init__(self, held: int, seconds: float = 5.0) -> None:
        self._held, self._seconds = held, seconds
        self._known: OrderedDict[Id, tuple[StreamPosition, Organization]] = OrderedDict()
        metrics.ORGANIZATIONS.follow(lambda: len(self._known), "goals")
        # Kept as long as somebody has or wants one: callers make ids up.
        self._locks: WeakValueDictionary[tuple[str, Id], asyncio.Lock] = WeakValueDictionary()

    # Whoever needs several takes them in this order: one of the first three, a connection to the database, the
    # organization's row there, `state_lock`. So nobody waits in a circle.

    @asynccontextmanager
    async def command_lock(self, organization: Id) -> AsyncIterator[None]:
        """One command at a time in this process: waiting here holds no database connection."""
        async with self._locked("command", organization):
            yield

    @asynccontextmanager
    async def trial_lock(self, organization: Id) -> AsyncIterator[None]:
        """One reader at a time that locks no row: for dry runs, and before an import."""
        async with self._locked("trial", organization):
            yield

    @asynccontextmanager
    async def import_lock(self, organization: Id) -> AsyncIterator[None]:
        """One import at a time, from its computing on: it takes much memory and time."""
        async with self._locked("import", organization):
            yield

    @asynccontextmanager
    async def state_lock(self, organization: Id) -> AsyncIterator[None]:
        """Taken for any use of the organization in memory, to change it or only to try. Held for moments."""
        async with self._locked("state", organization):
            yield

    @asynccontextmanager
    async def _locked(self, kind: str, organization: Id) -> AsyncIterator[None]:
        """A lock exists as long as a task holds it, or waits for it."""
        lock = self._locks.get((kind, organization))
        if lock is None:
            lock = self._locks[kind, organization] = asyncio.Lock()
        try:
            async with asyncio.timeout(self._seconds):
                await lock.acquire()
        except TimeoutError as error:
            raise Busy(f"the lock {kind} of {organization} was not free for {self._seconds:g} s") from error
        try:
            yield
        finally:
            lock.release()

    async def prepare(self, pool: Pool, organization: Id) -> None:
        """Load the organization at its head of now, without its row lock, so that nobody waits there for the loading.

        `at` catches up with what is written until it is locked.
        """
        if organization in self._known:
            return
        async with read_snapshot(pool) as connection:
            head = await outbox.head_position(connection, organization)
            if head.sequence:
                self.keep(organization, head, await _load(connection, organization))

    async def at(self, connection: Connection, organization: Id, head: StreamPosition) -> Organization:
        """The organization at its head, which the caller locked or sees in a snapshot: what is held, caught up from the
        outbox, else loaded. To be called by who holds `state_lock`.

        Loaded as well where the event held last is not in the outbox any more: the database was restored from a backup.
        """
        held, org = self._known.get(organization, (StreamPosition(), None))
        try:
            if org is not None and held != head and not await _caught_up(connection, organization, org, held, head):
                org = None
            if org is None:
                org = await _load(connection, organization)
        except BaseException:
            self.drop(organization)  # perhaps it is between two heads
            raise
        self.keep(organization, head, org)
        return org

    def keep(self, organization: Id, head: StreamPosition, org: Organization) -> None:
        """Keep this as the organization at `head`."""
        self._known[organization] = (head, org)
        self._known.move_to_end(organization)
        while len(self._known) > self._held:
            self._known.popitem(last=False)

    def drop(self, organization: Id) -> None:
        """Forget the organization: the next use loads it."""
        self._known.pop(organization, None)


async def _caught_up(
    connection: Connection, organization: Id, org: Organization, held: StreamPosition, head: StreamPosition
) -> bool:
    """Bring `org` from `held` to `head`, slice by slice; False when `held` is not on the stream any more."""
    for first in range(held.sequence, head.sequence + 1, _SLICE):
        rows = await entities_store.events(connection, organization, first, min(first + _SLICE - 1, head.sequence))
        events = events_from_json(b"[" + b",".join(outbox.stored_row_json(row) for row in rows) + b"]")
        if first == held.sequence and (not events or events[0].id != held.id):
            return False
        for event in events:
            org.apply(event.data)
        await asyncio.sleep(0)
    return head.sequence >= held.sequence


async def _load(connection: Connection, organization: Id) -> Organization:
    """As the database has it; others have turns meanwhile."""
    org = Organization()
    async for some in entities_store.entities(connection, organization):
        for entity in some:
            org.put(entity)
    return org
