"""SQL of entities, one JSON document each, and of the row that locks an organization."""

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
from goldenthread.contracts.errors import ErrorCode, refuse
from goldenthread.contracts.snapshots import PAGE
from goldenthread.runtime.consumer.postgres_store import chunks
from goldenthread.runtime.postgres.database import Connection

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
DELETED = "This organization was deleted; its id is used for no other one."
EntityRow = tuple[Id, str]
"""An entity as it is stored: its id, and its state as JSON."""
_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(kind) for name, kind in _KINDS.items()}
_COPIED = 20_000
"""Rows in one COPY, at most: a statement may not take a minute."""
_TURN = 500
"""Rows of a COPY before others have a turn."""


async def lock(connection: Connection, organization: Id) -> tuple[int, str | None] | None:
    """Lock the organization for this transaction; its head, or None when there is no such organization.

    Raises `Refused` for one that was deleted.
    """
    row = await connection.fetchrow(
        "SELECT sequence, id, deleted_at FROM streams WHERE organization = $1 FOR UPDATE", organization
    )
    if row is not None and row["deleted_at"] is not None:
        raise refuse(ErrorCode.NOT_FOUND, DELETED, "organization")
    return (row["sequence"], row["id"]) if row else None


ENTITIES = "SELECT id, state FROM entities WHERE organization = $1 ORDER BY id"


async def entities(connection: Connection, organization: Id) -> AsyncIterator[list[Entity]]:
    """Everything an organization has, in no particular order, page by page: others have a turn between two of them."""
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
