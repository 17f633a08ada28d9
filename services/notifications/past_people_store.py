"""SQL of what outlives every fold: who was erased, and the newest invitation of each person; and which of it came back.

A restored backup of goals brings back names that were erased, and invitations that were claimed or taken back. The fold
follows goals and forgets; this table does not. It has ids and times, and grows only with the people of organizations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities import Id, Person
from goldenthread.organization.invitations import VALID
from goldenthread.runtime.postgres.database import Connection, Pool

MOST_COUNTED = 1_000
"""People, and invitations, that are counted at most."""
_KEEP = """
    INSERT INTO past_people AS p (organization, person, erased, invitation, invited_at, ended)
    SELECT $1, * FROM unnest($2::text[], $3::boolean[], $4::text[], $5::timestamptz[], $6::boolean[])
    ON CONFLICT (organization, person) DO UPDATE SET
        erased = p.erased OR excluded.erased,
        ended = CASE
            WHEN excluded.invitation IS NULL OR p.invited_at > excluded.invited_at THEN p.ended
            WHEN p.invitation = excluded.invitation THEN p.ended OR excluded.ended
            ELSE excluded.ended END,
        invitation = CASE WHEN excluded.invitation IS NULL OR p.invited_at > excluded.invited_at
            THEN p.invitation ELSE excluded.invitation END,
        invited_at = greatest(p.invited_at, excluded.invited_at)
"""
_ERASED = """
    SELECT count(*) FROM (
        SELECT FROM past_people AS p
        JOIN facts AS f ON f.organization = p.organization AND f.key = 'entity:' || p.person
        WHERE p.erased AND NOT coalesce((f.fact ->> 'erased')::boolean, false) LIMIT $1
    ) AS found
"""
# An invitation that can still be claimed is as old as it may be (`VALID`) at most, and so is the newer one that took
# its place.
_INVITED = """
    SELECT count(*) FROM (
        SELECT FROM past_people AS p
        JOIN facts AS f ON f.organization = p.organization AND f.key = 'entity:' || p.person
        CROSS JOIN LATERAL (SELECT f.fact -> 'invitation' AS found) AS i
        WHERE p.invited_at > now() - $2::interval AND NOT coalesce((f.fact ->> 'left')::boolean, false)
            AND (i.found ->> 'expires_at')::timestamptz > now()
            AND coalesce(i.found ->> 'claimed_at', i.found ->> 'revoked_at', i.found ->> 'undone_at') IS NULL
            AND (i.found ->> 'id' = p.invitation AND p.ended OR (i.found ->> 'made_at')::timestamptz < p.invited_at)
        LIMIT $1
    ) AS found
"""


class PastPerson(Struct, frozen=True):
    """What is kept of a person. `ended`: the invitation was claimed or taken back, or its person has left."""

    person: Id
    erased: bool
    invitation: Id | None
    invited_at: datetime | None
    ended: bool


class ReturnedPeople(Struct, frozen=True):
    """How many people who were erased are back, and how many invitations that had ended can be claimed again."""

    erased: int = 0
    invitations: int = 0


def past_people(people: Iterable[Person]) -> list[PastPerson]:
    """What is to be kept of these people: of who was neither erased nor invited, nothing."""
    return [_past(each) for each in people if each.erased or each.invitation is not None]


def _past(person: Person) -> PastPerson:
    made = person.invitation
    if made is None:
        return PastPerson(person.id, person.erased, None, None, False)
    open_ = made.claimed_at is None and made.revoked_at is None and made.undone_at is None and not person.left
    return PastPerson(person.id, person.erased, made.id, made.made_at, not open_)


async def keep(connection: Connection, organization: Id, people: Sequence[PastPerson]) -> None:
    """Keep this of people. What was known stays: nobody becomes unerased, and no invitation opens again."""
    await connection.execute(
        _KEEP,
        organization,
        [each.person for each in people],
        [each.erased for each in people],
        [each.invitation for each in people],
        [each.invited_at for each in people],
        [each.ended for each in people],
    )


async def returned(connection: Connection | Pool) -> ReturnedPeople:
    """What goals has again although it had ended, `MOST_COUNTED` of each at most."""
    erased = await connection.fetchval(_ERASED, MOST_COUNTED)
    return ReturnedPeople(erased, await connection.fetchval(_INVITED, MOST_COUNTED, VALID))
