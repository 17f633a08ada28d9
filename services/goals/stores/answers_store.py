"""SQL of the answers that commands got, kept under their idempotency keys."""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.entities import (
    Id,
)
from goldenthread.contracts.read_api import Login
from goldenthread.runtime.postgres.database import Connection, Pool


class StoredAnswer(Struct, frozen=True):
    """What a command under a key answered before: `input` is the hash of what was asked.

    `report` is a long report, compressed; the one in `answer` has no rows then.
    """

    input: bytes
    answer: bytes
    first: int
    last: int
    report: bytes | None = None


async def stored_answer(connection: Connection, organization: Id, login: Login, key: str) -> StoredAnswer | None:
    """What this login was answered under this key, or None."""
    row = await connection.fetchrow(
        """SELECT input, answer, first, last, report FROM answers
           WHERE organization = $1 AND issuer = $2 AND actor = $3 AND key = $4""",
        organization,
        *login,
        key,
    )
    return StoredAnswer(*row) if row else None


async def put_answer(connection: Connection, organization: Id, login: Login, key: str, given: StoredAnswer) -> None:
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
