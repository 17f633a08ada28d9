"""What ends for good: organizations that are deleted; and after a backup was restored, whatever had ended before."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from goldenthread.contracts.entities import Id
from goldenthread.contracts.errors import ErrorCode, Refused, refuse
from goldenthread.contracts.events.goals import OrganizationDeleted
from goldenthread.contracts.read_api import Login, StreamPosition
from goldenthread.runtime.observability.repeated_lines import ALWAYS
from goldenthread.runtime.outbox import store as outbox
from goldenthread.runtime.outbox import tombstones
from goldenthread.runtime.postgres.database import Connection
from goldenthread.runtime.postgres.transactions import writing
from services.goals import facts_to_events
from services.goals.domain import permissions
from services.goals.domain.decision import Case, Fact
from services.goals.domain.org_chart import erasing_people, invitations
from services.goals.erasure import personal_data
from services.goals.organization_sessions import OrganizationSessions, locked_head
from services.goals.sign_ins import Context, Record
from services.goals.stores import erasures_store, installation_store, names_store
from services.goals.stores.endings_store import NewestInvitation
from services.goals.stores.erasures_store import Erasure

log = logging.getLogger(__name__)

Origin = Callable[[Id, Id | None], facts_to_events.Origin]

_KEPT = ("erasures",)
"""Tables that outlive an organization: which of its people were erased, for a backup that is restored."""


class ErasedAgain(NamedTuple):
    """What became of a person of the log of erasures: whether something was erased, whether they are known here, and
    whether their organization has an administrator still.
    """

    erased: bool
    known: bool
    administered: bool


class Endings:
    """Deletes organizations, and repeats in a restored backup what had ended after it was made. Every method is one
    transaction.
    """

    def __init__(
        self,
        sessions: OrganizationSessions,
        context: Context,
        record: Record,
        wake: Callable[[], None],
        origin: Origin,
    ) -> None:
        self.purge = tombstones.Purge(sessions.pool, _KEPT)
        """Deletes the rows of deleted organizations. To be run."""
        self._sessions, self._context, self._record = sessions, context, record
        self._wake, self._origin = wake, origin

    async def delete(self, organization: Id, name: str, by: Login) -> None:
        """Delete an organization that is called `name`, for an administrator of the installation: it ends at once, and
        its rows are deleted in steps (`purge`). One that was deleted stays so. Raises `Refused`.
        """
        sessions = self._sessions
        async with (
            sessions.cache.command_lock(organization),
            writing(sessions.pool, sessions.limits.lock) as connection,
        ):
            try:
                head = await locked_head(connection, organization)
            except Refused:
                if await tombstones.is_deleted(connection, organization):
                    return  # perhaps by somebody else, while this waited for the lock
                raise
            found = await installation_store.entry(connection, organization)
            if found is None or found.name != name.strip():
                raise refuse(ErrorCode.CONFLICT, "The organization has another name: give the one it has now.", "name")
            await self._bury(connection, organization, head)
        log.warning("%s was deleted by %s of %s", organization, by.subject, by.issuer, extra=ALWAYS)
        self._deleted(organization)

    async def delete_again(self, organization: Id) -> bool:
        """Delete an organization that a restored backup brought back, whatever it is called there; one that the backup
        does not know gets a tombstone, too. Whether it was there.
        """
        sessions = self._sessions
        async with (
            sessions.cache.command_lock(organization),
            writing(sessions.pool, sessions.limits.lock) as connection,
        ):
            try:
                head = await locked_head(connection, organization)
            except Refused:
                if not await tombstones.is_deleted(connection, organization):
                    await tombstones.bury(connection, organization)
                return False
            await self._bury(connection, organization, head)
        log.warning("%s was deleted again, as the log of erasures says", organization, extra=ALWAYS)
        self._deleted(organization)
        return True

    async def erase_again(self, erasure: Erasure) -> ErasedAgain:
        """Erase a person whom a restored backup brought back, and keep the entry in the log; nothing where they are
        erased already, or not known in it. The organization may be none that is known here.
        """
        try:
            async with self._sessions.locked(erasure.organization, imports=True) as session:
                person = session.org.people.get(erasure.person)
                named = await names_store.name_of(session.connection, erasure.organization, erasure.person)
                case = Case(session.org, self._context(None, session.head, named))
                if person is not None:
                    erasing_people.erase_again(case, person)
                facts = case.decision().facts
                await personal_data.erase(session.connection, erasure, named)
                await self._record(erasure.organization, session, session.org.commit(), facts, None)
                found = ErasedAgain(bool(facts), person is not None, permissions.is_administered(session.org))
        except Refused:  # there is no such organization
            async with writing(self._sessions.pool, self._sessions.limits.lock) as connection:
                await erasures_store.put_erasure(connection, erasure)
            return ErasedAgain(False, False, True)
        if found.erased:
            self._wake()
        return found

    async def end_again(self, newest: NewestInvitation) -> bool:
        """Take an invitation back that a restored backup made open again: `newest` is that of the person before, which
        had ended, or is a later one. Whether there was anything to take back.
        """
        try:
            async with self._sessions.locked(newest.organization) as session:
                case = Case(session.org, self._context(None, session.head, None))
                invitations.end_again(case, newest.person, newest.invitation, newest.made_at, newest.ended)
                facts = case.decision().facts
                await self._record(newest.organization, session, session.org.commit(), facts, None)
        except Refused:  # there is no such organization
            return False
        if facts:
            self._wake()
        return bool(facts)

    async def _bury(self, connection: Connection, organization: Id, head: StreamPosition) -> None:
        """Write the last event of an organization, which is locked, and its tombstone."""
        fact = Fact(organization, OrganizationDeleted(organization))
        events = facts_to_events.events([fact], head, self._origin(organization, None))
        await outbox.append(connection, organization, events)
        await tombstones.bury_after_last_event(connection, organization)

    def _deleted(self, organization: Id) -> None:
        """Its tombstone is committed: forget it, publish its last event, and delete its rows."""
        self._sessions.cache.drop(organization)
        self._wake()
        self.purge.wake()
