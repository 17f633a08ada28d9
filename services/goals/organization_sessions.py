"""Sessions: an organization at its head inside one transaction, to be changed or only read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import NO_SUCH_LOGIN, ErrorCode, Refused, refuse
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.organization.organization import Organization
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.postgres.database import Connection, Pool, read_snapshot
from goldenthread.runtime.postgres.transactions import kept_alive, unchanged, writing
from services.goals.head_state_cache import HeadStateCache
from services.goals.stores import entities_store, import_sources_store, names_store

T = TypeVar("T")
_LARGE = 5_000
"""One command may change all of them."""


class OrganizationSession(Struct):
    """An organization at its head inside one transaction; its row is locked, unless the session is read only."""

    connection: Connection
    org: Organization
    head: StreamPosition
    written: StreamPosition | None = None
    """The head after what was written."""


class OrganizationSessions:
    """Opens sessions, on connections of a pool and organizations of a cache.

    `large`: objectives and links with more than which a command may compute for long.
    """

    def __init__(self, pool: Pool, cache: HeadStateCache, limits: DatabaseLimits, large: int = _LARGE) -> None:
        self.pool, self.cache, self.limits, self._large = pool, cache, limits, large

    @asynccontextmanager
    async def locked(self, organization: Id, *, imports: bool = False) -> AsyncIterator[OrganizationSession]:
        """The organization, locked and begun. What the block did not `commit` in memory is taken back at its end.

        With `imports`, what is remembered of its imports is locked as well.

        When the database does not commit after the organization in memory did, that is dropped and loaded anew. Raises
        LockNotAvailableError or `Busy` where another command works on it for too long.
        """
        org: Organization | None = None
        with unchanged():
            async with self.cache.command_lock(organization), AsyncExitStack() as until_kept:
                await self.cache.prepare(self.pool, organization)
                try:
                    async with writing(self.pool, self.limits.lock) as connection:
                        if imports:
                            await import_sources_store.lock(connection, organization)
                        head = await locked_head(connection, organization)
                        await until_kept.enter_async_context(self.cache.state_lock(organization))
                        org = await self.cache.at(connection, organization, head)
                        org.begin()
                        session = OrganizationSession(connection, org, head)
                        yield session
                    if session.written is not None:
                        self.cache.keep(organization, session.written, org)
                except Refused:
                    if org is not None and not org.begun:
                        self.cache.drop(organization)
                    raise
                except BaseException:
                    if org is not None:
                        self.cache.drop(organization)
                    raise
                finally:
                    if org is not None and org.begun:
                        org.rollback()

    @asynccontextmanager
    async def read_only(self, organization: Id) -> AsyncIterator[OrganizationSession]:
        """The organization at its head of now, for who changes nothing of it. Its row is not locked, so nobody is
        waited for who writes elsewhere; here for who is writing at this moment.
        """
        with unchanged():
            async with (
                self.cache.trial_lock(organization),
                read_snapshot(self.pool, self.limits.lock) as connection,
                self.cache.state_lock(organization),
            ):
                head = await outbox.head_position(connection, organization)
                if not head.sequence:
                    raise _nowhere()
                yield OrganizationSession(connection, await self.cache.at(connection, organization, head), head)

    @asynccontextmanager
    async def read_only_copy(self, organization: Id) -> AsyncIterator[OrganizationSession]:
        """As `read_only`, of a copy: who reads it, and what else the snapshot shows, keeps nobody waiting here."""
        with unchanged():
            async with AsyncExitStack() as until_copied:
                await until_copied.enter_async_context(self.cache.trial_lock(organization))
                async with read_snapshot(self.pool, self.limits.lock) as connection:
                    await until_copied.enter_async_context(self.cache.state_lock(organization))
                    head = await outbox.head_position(connection, organization)
                    if not head.sequence:
                        raise _nowhere()
                    org = await self.cache.at(connection, organization, head)
                    org = await in_thread(org.copy)
                    await until_copied.aclose()
                    yield OrganizationSession(connection, org, head)

    async def compute(self, session: OrganizationSession, work: Callable[[], T]) -> T:
        """What `work` makes of a locked organization: of a large one in a thread, and its transaction is kept alive."""
        if len(session.org.objectives) + len(session.org.links) <= self._large:
            return work()
        async with kept_alive(session.connection, self.limits):
            return await in_thread(work)


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread: an import of 100,000 rows computes for a dozen seconds, and others have turns.

    It is waited for also when nobody wants its result any more: a thread cannot be ended.
    """
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await asyncio.wait({working})
        raise


async def locked_head(connection: Connection, organization: Id) -> StreamPosition:
    """Lock the organization's row; its head. Raises `Refused` (NOT_FOUND), and LockNotAvailableError."""
    head = await entities_store.lock(connection, organization)
    if head is None:
        raise _nowhere()
    return StreamPosition(*head)


async def actor_of(session: OrganizationSession, caller: Caller) -> Id | None:
    """The live person who asks, None for a service of ours. Raises `Refused` (FORBIDDEN)."""
    if caller.service:
        return None
    organization = session.org.info.id if session.org.info else ""
    person = await names_store.person_of(session.connection, organization, caller.login)
    if person is None or session.org.people[person].left:
        raise refuse(ErrorCode.FORBIDDEN, NO_SUCH_LOGIN)
    return person


def _nowhere() -> Refused:
    return refuse(ErrorCode.NOT_FOUND, "There is no such organization.", "organization")
