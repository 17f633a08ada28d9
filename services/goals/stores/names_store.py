"""SQL of the one table that can be erased: what people are called, where they read mail, and whose login is whose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from goldenthread.contracts.entities import (
    Id,
)
from goldenthread.contracts.read_api import Login, LoginAnswer, PersonName
from goldenthread.runtime.idempotency import answers_store
from goldenthread.runtime.postgres.database import Connection, Pool, execute_unhurried

_NAME = "person, name, subject, email, issuer, signed_in_at"
"""The columns of a `PersonName`, in its order."""


async def some_names(connection: Connection, organization: Id, people: Sequence[Id]) -> dict[Id, str]:
    """What these people are called; without those whose names were erased."""
    rows = await connection.fetch(
        "SELECT person, name FROM names WHERE organization = $1 AND person = ANY($2::text[])", organization, people
    )
    return {row["person"]: row["name"] for row in rows}


async def set_missing_issuers(pool: Pool, issuer: str) -> None:
    """Say of logins that an earlier release kept without their issuer that it is `issuer`; once for each.

    Where a process of that release still writes, some may be left; the next start takes them.
    """
    await execute_unhurried(
        pool,
        """UPDATE names AS mine SET issuer = $1 WHERE issuer = '' AND NOT EXISTS (
           SELECT FROM names AS other WHERE other.organization = mine.organization AND other.issuer = $1
           AND other.subject = mine.subject)""",
        issuer,
    )
    await answers_store.set_missing_issuers(pool, issuer)


async def person_of(connection: Connection | Pool, organization: Id, login: Login) -> Id | None:
    """The person a login belongs to."""
    found: Id | None = await connection.fetchval(
        "SELECT person FROM names WHERE organization = $1 AND issuer = $2 AND subject = $3", organization, *login
    )
    return found


async def put_name(connection: Connection, organization: Id, name: PersonName) -> bool:
    """Name a person; False when the login belongs to somebody already."""
    done = await connection.fetchval(
        """INSERT INTO names (organization, person, issuer, subject, name, email) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (organization, issuer, subject) DO NOTHING RETURNING true""",
        organization,
        name.id,
        *name.login,
        name.name,
        name.email,
    )
    return bool(done)


async def name_of(connection: Connection, organization: Id, person: Id) -> PersonName | None:
    """What is kept of a person, whether they are here or left; None when it was erased."""
    row = await connection.fetchrow(
        f"SELECT {_NAME} FROM names WHERE organization = $1 AND person = $2", organization, person
    )
    return PersonName(*row) if row else None


async def change_name(connection: Connection, organization: Id, name: PersonName) -> None:
    """Keep this of a person in place of what was kept. The login must be nobody else's."""
    await connection.execute(
        """UPDATE names SET issuer = $3, subject = $4, name = $5, email = $6, signed_in_at = $7
           WHERE organization = $1 AND person = $2""",
        organization,
        name.id,
        *name.login,
        name.name,
        name.email,
        name.signed_in_at,
    )


async def set_signed_in(connection: Connection, organization: Id, person: Id, at: datetime) -> None:
    """Keep when a person signed in for the first time."""
    await connection.execute(
        "UPDATE names SET signed_in_at = $3 WHERE organization = $1 AND person = $2", organization, person, at
    )


async def erase_name(connection: Connection, organization: Id, person: Id) -> None:
    """Erase what is kept of a person."""
    await connection.execute("DELETE FROM names WHERE organization = $1 AND person = $2", organization, person)


async def free_login(connection: Connection, organization: Id, person: Id) -> None:
    """Free the login of a person who left; their name stays for the history.

    What takes its place is nobody's: a subject that somebody may have, as an id is one, would be that person's login.
    """
    await connection.execute(
        "UPDATE names SET subject = person || ' ' || gen_random_uuid() WHERE organization = $1 AND person = $2",
        organization,
        person,
    )


async def login_holder(pool: Pool, organization: Id, login: Login) -> LoginAnswer:
    """The live person a login belongs to."""
    row = await pool.fetchrow(
        f"""SELECT sequence, {_NAME} FROM streams LEFT JOIN (names JOIN entities
             ON entities.organization = $1 AND id = person AND NOT coalesce((state ->> 'left')::boolean, false))
           ON names.organization = $1 AND issuer = $2 AND subject = $3
           WHERE streams.organization = $1 AND deleted_at IS NULL""",
        organization,
        *login,
    )
    return _as_of(row)


async def name_as_of(pool: Pool, organization: Id, person: Id) -> LoginAnswer:
    """What is kept of a person, as of a revision."""
    row = await pool.fetchrow(
        f"""SELECT sequence, {_NAME} FROM streams LEFT JOIN names ON names.organization = $1 AND person = $2
           WHERE streams.organization = $1 AND deleted_at IS NULL""",
        organization,
        person,
    )
    return _as_of(row)


def _as_of(row: Any) -> LoginAnswer:
    """One statement sees the head and the names of one moment: both are written in one transaction."""
    if row is None:
        return LoginAnswer(None)
    revision, *name = row
    return LoginAnswer(PersonName(*name) if name[0] is not None else None, revision)


NAMES = f"SELECT {_NAME} FROM names WHERE organization = $1 ORDER BY name"
"""What an organization calls its people."""


def name_of_row(row: Any) -> PersonName:
    """One of `NAMES`."""
    return PersonName(*row)
