"""SQL of goals: entities, answers, names, timers. Every writing function runs inside the caller's transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Cycle,
    Entity,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Person,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.reading import Login, LoginAnswer, PersonName
from goldenthread.contracts.snapshots import PAGE
from goldenthread.runtime.consumer.postgres_store import chunks
from goldenthread.runtime.postgres.database import Connection, Pool, execute_unhurried

_KINDS: dict[str, type[Struct]] = {
    "org": OrganizationInfo,
    "unit": OrgUnit,
    "person": Person,
    "cycle": Cycle,
    "purpose": Purpose,
    "why": Why,
    "objective": Objective,
    "keyresult": KeyResult,
    "checkin": CheckIn,
    "link": Link,
    "answer": WhyAnswer,
    "question": Question,
    "feedback": CustomerFeedback,
}
EntityRow = tuple[Id, str]
"""An entity as it is stored: its id, and its state as JSON."""
_COPIED = 20_000
"""Rows in one COPY, at most: a statement may not take a minute."""
_TURN = 500
"""Rows of a COPY before others have a turn."""
_NAME = "person, name, subject, email, issuer"
"""The columns of a `PersonName`, in its order."""
_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in _KINDS.items()}


class Answer(Struct, frozen=True):
    """What a command under a key answered before: `input` is the hash of what was asked.

    `report` is a long report, compressed; the one in `answer` has no rows then.
    """

    input: bytes
    answer: bytes
    first: int
    last: int
    report: bytes | None = None


async def lock(connection: Connection, organization: Id) -> tuple[int, str | None] | None:
    """Lock the organisation for this transaction; its head, or None when there is no such organisation."""
    row = await connection.fetchrow("SELECT sequence, id FROM streams WHERE organization = $1 FOR UPDATE", organization)
    return (row["sequence"], row["id"]) if row else None


ENTITIES = "SELECT id, state FROM entities WHERE organization = $1 ORDER BY id"


async def entities(connection: Connection, organization: Id) -> AsyncIterator[list[Entity]]:
    """Everything an organisation has, in no particular order, page by page: others have a turn between two of them."""
    cursor = await connection.cursor(ENTITIES, organization)
    while rows := await cursor.fetch(PAGE):
        yield [_decoders[row["id"].partition("_")[0]].decode(row["state"]) for row in rows]
        await asyncio.sleep(0)


async def some_entities(connection: Connection, organization: Id, ids: Sequence[Id]) -> list[Entity]:
    """Those of these entities that are there."""
    rows = await connection.fetch(
        "SELECT id, state FROM entities WHERE organization = $1 AND id = ANY($2::text[]) ORDER BY id", organization, ids
    )
    return [_decoders[row["id"].partition("_")[0]].decode(row["state"]) for row in rows]


async def some_names(connection: Connection, organization: Id, people: Sequence[Id]) -> dict[Id, str]:
    """What these people are called; without those whose names were erased."""
    rows = await connection.fetch(
        "SELECT person, name FROM names WHERE organization = $1 AND person = ANY($2::text[])", organization, people
    )
    return {row["person"]: row["name"] for row in rows}


async def page(_: Connection, rows: Sequence[Any]) -> dict[str, list[Raw]]:
    """A `GoalsPage` of rows, none of them decoded."""
    found: dict[str, list[Raw]] = {}
    for row in rows:
        found.setdefault(row["id"].partition("_")[0], []).append(Raw(row["state"].encode()))
    return found


async def put_entities(connection: Connection, organization: Id, changed: Iterable[Entity]) -> None:
    """Write the new state of `changed`."""
    await put_rows(connection, organization, entity_rows(changed))


def entity_rows(changed: Iterable[Entity]) -> list[EntityRow]:
    """Entities as they are stored."""
    return [(each.id, msgspec.json.encode(each).decode()) for each in changed]


async def put_rows(connection: Connection, organization: Id, rows: Sequence[EntityRow]) -> None:
    """Write the new state of entities."""
    for some in chunks(rows):
        await connection.execute(
            """INSERT INTO entities (organization, id, state) SELECT $1, * FROM unnest($2::text[], $3::jsonb[])
               ON CONFLICT (organization, id) DO UPDATE SET state = excluded.state""",
            organization,
            *zip(*some, strict=True),
        )


async def copy_entities(connection: Connection, organization: Id, made: Sequence[Entity]) -> None:
    """Write entities that were never stored before; others have turns meanwhile."""
    columns = ["organization", "id", "state"]
    for some in chunks(made, _COPIED):
        await connection.copy_records_to_table("entities", columns=columns, records=_records(organization, some))


async def _records(organization: Id, made: Sequence[Entity]) -> AsyncIterator[tuple[Id, Id, str]]:
    """Encoded one by one: an import of 100,000 rows does not hold all of them as texts."""
    for number, each in enumerate(made, 1):
        yield organization, each.id, msgspec.json.encode(each).decode()
        if not number % _TURN:
            await asyncio.sleep(0)


async def answer(connection: Connection, organization: Id, login: Login, key: str) -> Answer | None:
    """What this login was answered under this key, or None."""
    row = await connection.fetchrow(
        """SELECT input, answer, first, last, report FROM answers
           WHERE organization = $1 AND issuer = $2 AND actor = $3 AND key = $4""",
        organization,
        *login,
        key,
    )
    return Answer(*row) if row else None


async def put_answer(connection: Connection, organization: Id, login: Login, key: str, given: Answer) -> None:
    """Remember an answer for thirty days."""
    await connection.execute(
        """INSERT INTO answers (organization, issuer, actor, key, input, answer, first, last, report)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        organization,
        *login,
        key,
        given.input,
        given.answer,
        given.first,
        given.last,
        given.report,
    )


async def move_answers(connection: Connection, organization: Id, before: Login, after: Login) -> None:
    """What `before` was answered, `after` was, and nothing else."""
    await drop_answers(connection, organization, after)
    await connection.execute(
        "UPDATE answers SET issuer = $4, actor = $5 WHERE organization = $1 AND issuer = $2 AND actor = $3",
        organization,
        *before,
        *after,
    )


async def drop_answers(connection: Connection, organization: Id, login: Login) -> None:
    """Forget what a login was answered: it is somebody else's now."""
    await connection.execute(
        "DELETE FROM answers WHERE organization = $1 AND issuer = $2 AND actor = $3", organization, *login
    )


async def forget_answers(pool: Pool) -> None:
    """Forget answers older than thirty days."""
    await pool.execute("DELETE FROM answers WHERE at < now() - interval '30 days'")


async def events(connection: Connection, organization: Id, first: int, last: int) -> Sequence[Any]:
    """Outbox rows `first`..`last`."""
    rows: Sequence[Any] = await connection.fetch(
        """SELECT attributes, data FROM outbox WHERE organization = $1 AND sequence BETWEEN $2 AND $3
           ORDER BY sequence""",
        organization,
        first,
        last,
    )
    return rows


async def name_logins(pool: Pool, issuer: str) -> None:
    """Say of logins that an earlier release kept without their issuer that it is `issuer`; once for each.

    Where a process of that release still writes, some may be left; the next start takes them.
    """
    for table, subject, more in (("names", "subject", ""), ("answers", "actor", "AND other.key = mine.key")):
        await execute_unhurried(
            pool,
            f"""UPDATE {table} AS mine SET issuer = $1 WHERE issuer = '' AND NOT EXISTS (
                SELECT FROM {table} AS other WHERE other.organization = mine.organization AND other.issuer = $1
                AND other.{subject} = mine.{subject} {more})""",
            issuer,
        )


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
        """UPDATE names SET issuer = $3, subject = $4, name = $5, email = $6
           WHERE organization = $1 AND person = $2""",
        organization,
        name.id,
        *name.login,
        name.name,
        name.email,
    )


async def free_login(connection: Connection, organization: Id, person: Id) -> None:
    """Let somebody else have the login of a person who left; their name stays for the history.

    What takes its place is nobody's: a subject that somebody may have, as an id is one, would be that person's login.
    """
    await connection.execute(
        "UPDATE names SET subject = person || ' ' || gen_random_uuid() WHERE organization = $1 AND person = $2",
        organization,
        person,
    )


async def holder(pool: Pool, organization: Id, login: Login) -> LoginAnswer:
    """The live person a login belongs to."""
    row = await pool.fetchrow(
        f"""SELECT sequence, {_NAME} FROM streams LEFT JOIN (names JOIN entities
             ON entities.organization = $1 AND id = person AND NOT coalesce((state ->> 'left')::boolean, false))
           ON names.organization = $1 AND issuer = $2 AND subject = $3 WHERE streams.organization = $1""",
        organization,
        *login,
    )
    return _as_of(row)


async def named(pool: Pool, organization: Id, person: Id) -> LoginAnswer:
    """What is kept of a person, as of a revision."""
    row = await pool.fetchrow(
        f"""SELECT sequence, {_NAME} FROM streams LEFT JOIN names ON names.organization = $1 AND person = $2
           WHERE streams.organization = $1""",
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
"""What an organisation calls its people."""


def name(row: Any) -> PersonName:
    """One of `NAMES`."""
    return PersonName(*row)
