"""What must not come back with a backup, as the databases of an installation know it: goals, and what notifications
folded.

A database of goals that is lost takes its log along. notifications keeps who was erased and the newest invitation of
each person in a table that outlives every fold, and has the tombstones of deleted organizations.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

from goldenthread.contracts.entities import Id
from goldenthread.contracts.secret import Secret
from goldenthread.organization.invitations import VALID
from goldenthread.runtime.configuration.database_limits import CONNECT_SECONDS, KEEPALIVES
from goldenthread.runtime.postgres.database import Connection
from services.goals.erasure.log_file import MOST_ENTRIES, BadLogFile, ErasureLog
from services.goals.stores import endings_store, erasures_store
from services.goals.stores.endings_store import Deletion, NewestInvitation
from services.goals.stores.erasures_store import Erasure

_FOLDED = """SELECT organization, substr(key, 8) FROM facts
    WHERE key LIKE 'entity:person\\_%' AND (fact ->> 'erased')::boolean"""
_PAST = "SELECT organization, person FROM past_people WHERE erased"
_INVITED = """SELECT organization, person, invitation, invited_at, ended FROM past_people
    WHERE invited_at > now() - $1::interval"""


async def collect(goals: Secret | None, notifications: Secret | None, now: datetime) -> ErasureLog:
    """What these databases know, each person and organization once; erasures that only notifications knows are of
    `now`.

    Raises asyncpg's errors and OSError where a database cannot be read, and `BadLogFile` where there is too much.
    """
    found = _Collected()
    if notifications is not None:
        async with _reading(notifications) as connection:
            await _of_notifications(connection, found, now)
    if goals is not None:
        async with _reading(goals) as connection:
            async for erasure in erasures_store.erasures(connection):
                found.add_erasure(erasure)
            async for deletion in endings_store.deletions(connection):
                found.add_deletion(deletion)
            async for invitation in endings_store.newest_invitations(connection):
                found.add_invitation(invitation)
    return found.log()


async def _of_notifications(connection: Connection, found: _Collected, now: datetime) -> None:
    remembers = await connection.fetchval("SELECT to_regclass('past_people') IS NOT NULL")
    for query in (_FOLDED, _PAST) if remembers else (_FOLDED,):
        async for organization, person in connection.cursor(query):
            found.add_erasure(Erasure(organization, person, now))
    async for deletion in endings_store.deletions(connection):
        found.add_deletion(deletion)
    if remembers:
        async for row in connection.cursor(_INVITED, VALID):
            found.add_invitation(NewestInvitation(*row))


class _Collected:
    """What was found so far; what is found later about the same wins, but an invitation that had ended stays so."""

    def __init__(self) -> None:
        self._erasures: dict[tuple[Id, Id], Erasure] = {}
        self._deletions: dict[Id, Deletion] = {}
        self._invitations: dict[tuple[Id, Id], NewestInvitation] = {}

    def add_erasure(self, entry: Erasure) -> None:
        self._erasures[entry.organization, entry.person] = entry
        self._bound(len(self._erasures), "erasures")

    def add_deletion(self, entry: Deletion) -> None:
        self._deletions[entry.organization] = entry
        self._bound(len(self._deletions), "deletions")

    def add_invitation(self, entry: NewestInvitation) -> None:
        key = entry.organization, entry.person
        known = self._invitations.get(key)
        if known is None or (entry.made_at, entry.ended) >= (known.made_at, known.ended):
            self._invitations[key] = entry
        self._bound(len(self._invitations), "invitations")

    def log(self) -> ErasureLog:
        """Each kind in the order of its ids."""
        return ErasureLog(
            [self._erasures[key] for key in sorted(self._erasures)],
            [self._deletions[key] for key in sorted(self._deletions)],
            [self._invitations[key] for key in sorted(self._invitations)],
        )

    def _bound(self, number: int, what: str) -> None:
        if number > MOST_ENTRIES:
            raise BadLogFile(f"there are more than the {MOST_ENTRIES:,} {what} that a file has")


@asynccontextmanager
async def _reading(url: Secret) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url.reveal(), timeout=CONNECT_SECONDS, server_settings=KEEPALIVES)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection
    finally:
        await connection.close(timeout=CONNECT_SECONDS)
