"""SQL of the log of erasures: who was erased, when and by whom, by ids. It has no personal data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.runtime.postgres.database import Connection

_PAGE = 1_000


class Erasure(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """An entry of the log. `by` is a person's id, None where a service did it or nobody knows."""

    organization: Id
    person: Id
    at: datetime
    by: Id | None = None


async def put_erasure(connection: Connection, erasure: Erasure) -> None:
    """Add an entry; the first one of a person stays."""
    await connection.execute(
        "INSERT INTO erasures (organization, person, at, by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        erasure.organization,
        erasure.person,
        erasure.at,
        erasure.by,
    )


async def erasures(connection: Connection) -> AsyncIterator[Erasure]:
    """The whole log, of all organizations, in the order of its key; in a transaction. Empty where the database is of a
    release that erased nobody.
    """
    if await connection.fetchval("SELECT to_regclass('erasures') IS NULL"):
        return
    async for row in connection.cursor(
        "SELECT organization, person, at, by FROM erasures ORDER BY organization, person", prefetch=_PAGE
    ):
        yield Erasure(*row)
