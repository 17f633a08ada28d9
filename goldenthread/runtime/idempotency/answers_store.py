"""SQL of the answers that commands got, kept under idempotency keys.

The table is `answers`. A login is in its columns `issuer` and `actor`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.read_api import Login
from goldenthread.runtime.postgres.database import Connection, Pool, execute_unhurried

KEPT_DAYS = 30
_FEW = 10
"""Answers with reports that are read at once: one may be megabytes."""
_BATCH = 1_000
"""Answers that one statement deletes: it takes a moment, and whoever moves answers waits for it no longer than that."""


class StoredAnswer(Struct, frozen=True):
    """A row of the table: the hash of a command, and what was answered, as JSON.

    `first` to `last` are the events that the command wrote, where `answer` is without them. `report` is a long report,
    compressed; the one in `answer` has no rows then.
    """

    input: bytes
    answer: bytes
    first: int | None = None
    last: int | None = None
    report: bytes | None = None


class QuotingAnswer(Struct, frozen=True):
    """An answer that may quote what a command or its file said, in warnings or in a report; as in `StoredAnswer`."""

    login: Login
    key: str
    answer: bytes
    report: bytes | None


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
    """Keep an answer under a key that has none. It counts as of the begin of the transaction."""
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
    """Give the answers of the login `before` to the login `after`; those that `after` had are deleted."""
    await drop_answers(connection, organization, after)
    await connection.execute(
        "UPDATE answers SET issuer = $4, actor = $5 WHERE organization = $1 AND issuer = $2 AND actor = $3",
        organization,
        *before,
        *after,
    )


async def drop_answers(connection: Connection, organization: Id, login: Login) -> None:
    """Delete the answers to a login: it belongs to another person from now on."""
    await connection.execute(
        "DELETE FROM answers WHERE organization = $1 AND issuer = $2 AND actor = $3", organization, *login
    )


async def erase_inputs(connection: Connection, organization: Id, subject: Id) -> None:
    """Erase the hashes of the commands that were about `subject` first: who guesses what a command said could confirm
    it by its hash. Such a command that comes again is refused, and is not done twice.
    """
    await connection.execute(
        "UPDATE answers SET input = ''::bytea WHERE organization = $1 AND position($2 IN answer) > 0",
        organization,
        b'"ids":["' + subject.encode() + b'"',
    )


async def quoting_answers(connection: Connection, organization: Id) -> AsyncIterator[QuotingAnswer]:
    """The answers of an organization that have warnings or a report, one by one; in a transaction."""
    async for row in connection.cursor(
        """SELECT issuer, actor, key, answer, report FROM answers WHERE organization = $1 AND (
               report IS NOT NULL OR position('"report":{'::bytea IN answer) > 0
               OR position('"warnings":[{'::bytea IN answer) > 0)""",
        organization,
        prefetch=_FEW,
    ):
        yield QuotingAnswer(Login(row["issuer"], row["actor"]), row["key"], row["answer"], row["report"])


async def put_quotes(connection: Connection, organization: Id, quoting: QuotingAnswer, answer: bytes) -> None:
    """Keep `answer` in place of that one and of its report."""
    await connection.execute(
        """UPDATE answers SET answer = $5, report = NULL
           WHERE organization = $1 AND issuer = $2 AND actor = $3 AND key = $4""",
        organization,
        *quoting.login,
        quoting.key,
        answer,
    )


async def set_missing_issuers(pool: Pool, issuer: str) -> None:
    """Give `issuer` to the answers that an earlier release kept without the issuer of their login; once for each.

    Where a process of that release still writes, some may be left; the next start takes them.
    """
    await execute_unhurried(
        pool,
        """UPDATE answers AS mine SET issuer = $1 WHERE issuer = '' AND NOT EXISTS (
           SELECT FROM answers AS other WHERE other.organization = mine.organization AND other.issuer = $1
           AND other.actor = mine.actor AND other.key = mine.key)""",
        issuer,
    )


async def delete_expired(pool: Pool, batch: int = _BATCH) -> None:
    """Delete the answers older than `KEPT_DAYS`, the oldest first, `batch` in a transaction.

    Answers that another transaction has locked are left for the next time.
    """
    deleted = batch
    while deleted == batch:
        done: str = await pool.execute(
            """WITH old AS MATERIALIZED (
                   SELECT organization, issuer, actor, key FROM answers
                   WHERE at < now() - make_interval(days => $1) ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
               )
               DELETE FROM answers USING old
               WHERE answers.organization = old.organization AND answers.issuer = old.issuer
               AND answers.actor = old.actor AND answers.key = old.key""",
            KEPT_DAYS,
            batch,
        )
        deleted = int(done.rpartition(" ")[2])
