"""SQL of what administrators of the installation see and did: organizations as a list, and whose act an event was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from goldenthread.contracts.entities import Id
from goldenthread.contracts.organizations import OrganizationEntry
from goldenthread.contracts.read_api import Login
from goldenthread.runtime.postgres.database import Connection, Pool

_ENTRY = """s.organization, s.deleted_at, e.state ->> 'name' AS name,
        (e.state ->> 'created_at')::timestamptz AS created_at
    FROM streams AS s LEFT JOIN entities AS e
        ON e.organization = s.organization AND e.id = s.organization AND s.deleted_at IS NULL"""


class InstallationAct(NamedTuple):
    """What an administrator of the installation did: the numbers of its events, and the administrator's login."""

    first: int
    last: int
    login: Login


async def entry(connection: Connection | Pool, organization: Id) -> OrganizationEntry | None:
    """One organization as the list shows it; None where there is none."""
    row = await connection.fetchrow(f"SELECT {_ENTRY} WHERE s.organization = $1 AND s.sequence > 0", organization)
    return None if row is None else _entry(row)


async def entries(pool: Pool, after: Id, limit: int) -> list[OrganizationEntry]:
    """So many organizations, by id, from the first one behind `after` on."""
    rows = await pool.fetch(
        f"SELECT {_ENTRY} WHERE s.organization > $1 AND s.sequence > 0 ORDER BY s.organization LIMIT $2", after, limit
    )
    return [_entry(row) for row in rows]


async def keep_act(connection: Connection, organization: Id, act: InstallationAct) -> None:
    """Keep whose act these events were, in the transaction that writes them."""
    await connection.execute(
        "INSERT INTO installation_acts (organization, first, last, issuer, subject) VALUES ($1, $2, $3, $4, $5)",
        organization,
        act.first,
        act.last,
        *act.login,
    )


async def erase_login(connection: Connection, organization: Id, login: Login) -> None:
    """Erase a login from what its holder did to an organization as an administrator of the installation."""
    await connection.execute(
        """UPDATE installation_acts SET issuer = '', subject = 'a person who was erased'
           WHERE organization = $1 AND issuer = $2 AND subject = $3""",
        organization,
        *login,
    )


async def acts(connection: Connection, organization: Id, first: int, last: int) -> Sequence[InstallationAct]:
    """The acts that wrote any of the events first .. last."""
    rows = await connection.fetch(
        """SELECT first, last, issuer, subject FROM installation_acts
           WHERE organization = $1 AND first <= $3 AND last >= $2""",
        organization,
        first,
        last,
    )
    return [InstallationAct(row["first"], row["last"], Login(row["issuer"], row["subject"])) for row in rows]


def _entry(row: Any) -> OrganizationEntry:
    return OrganizationEntry(row["organization"], row["name"], row["created_at"], row["deleted_at"])
