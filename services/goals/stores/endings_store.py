"""SQL of what else must not come back with a restored backup: deleted organizations, and invitations that had ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.organization.invitations import VALID
from goldenthread.runtime.postgres.database import Connection

_DELETIONS = """
    SELECT organization, deleted_at FROM streams WHERE deleted_at IS NOT NULL ORDER BY organization
"""
# Older invitations cannot be claimed in any backup; secrets outlive them, and say of whom there is one at all.
_INVITATIONS = """
    SELECT s.organization, s.person, i.made ->> 'id', (i.made ->> 'made_at')::timestamptz,
        coalesce(i.made ->> 'claimed_at', i.made ->> 'revoked_at', i.made ->> 'undone_at') IS NOT NULL
            OR coalesce((e.state ->> 'left')::boolean, false)
    FROM invitation_secrets AS s JOIN entities AS e ON e.organization = s.organization AND e.id = s.person
    CROSS JOIN LATERAL (SELECT e.state -> 'invitation' AS made) AS i
    WHERE (i.made ->> 'made_at')::timestamptz > now() - $1::interval ORDER BY s.organization, s.person
"""


class Deletion(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An organization that was deleted."""

    organization: Id
    at: datetime


class NewestInvitation(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The newest invitation of a person. `ended`: it was claimed or taken back, or the person has left."""

    organization: Id
    person: Id
    invitation: Id
    made_at: datetime
    ended: bool


async def deletions(connection: Connection) -> AsyncIterator[Deletion]:
    """All of them, in a transaction. Of any database of ours; of a release that deleted nothing, none."""
    if not await _has(connection, "streams", "deleted_at"):
        return
    async for row in connection.cursor(_DELETIONS):
        yield Deletion(*row)


async def newest_invitations(connection: Connection) -> AsyncIterator[NewestInvitation]:
    """Those that may still be claimed in a backup, in a transaction. Of a release without invitations, none."""
    if not await _has(connection, "invitation_secrets", "person"):
        return
    async for row in connection.cursor(_INVITATIONS, VALID):
        yield NewestInvitation(*row)


async def _has(connection: Connection, table: str, column: str) -> bool:
    found = await connection.fetchval(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped",
        table,
        column,
    )
    return bool(found)
