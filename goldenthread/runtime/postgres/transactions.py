"""Transactions that write, and what is known of them when they fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, NamedTuple

import asyncpg

from goldenthread.contracts.errors import ErrorCode, Problem
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from goldenthread.runtime.postgres.database import UNLIMITED_TRANSACTION, Connection, Pool

log = logging.getLogger(__name__)

_NOTE = "nothing was changed"
_AGAIN = "Send it again with the same idempotency key, or look first."

_NOT_COMMITTED = (
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.TransactionRollbackError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,  # COMMIT was not sent
)
_NEVER_SENT = "cannot switch to state"
"""What asyncpg says, before it writes anything, where the database has just begun to end the connection."""
_ENDED = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection that was ended while it was in use
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.TransactionRollbackError,
)


class CommitInDoubt(ConnectionError):
    """The database did not say whether it committed a transaction: it is there as a whole, or not at all."""


class Busy(TimeoutError):
    """Another change was waited for, in this process, and takes too long. Nothing was changed."""


_LOCKED = (asyncpg.LockNotAvailableError, Busy)


@asynccontextmanager
async def writing(pool: Pool, seconds: float | None = None) -> AsyncIterator[Connection]:
    """A transaction that is committed when the block ends, and taken back when it raises.

    What is raised means that nothing was changed, unless it is `CommitInDoubt`. A connection of the pool is waited for
    `seconds` at most (TimeoutError).
    """
    committed, doubt = False, None
    try:
        async with pool.acquire(timeout=seconds) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
            except BaseException:
                with suppress(Exception):  # the connection may have ended, and the transaction with it
                    await transaction.rollback()
                raise
            doubt = await _commit(transaction)
            committed = doubt is None
    except Exception as error:
        if not committed and doubt is None:
            error.add_note(_NOTE)
            raise
        log.warning("a connection was not given back: %s: %s", type(error).__name__, error)
    if doubt is not None:
        raise doubt


@contextmanager
def unchanged() -> Iterator[None]:
    """What the block raises means that nothing was changed, unless it is `CommitInDoubt`."""
    try:
        yield
    except CommitInDoubt:
        raise
    except Exception as error:
        error.add_note(_NOTE)
        raise


@asynccontextmanager
async def kept_alive(connection: Connection, limits: DatabaseLimits) -> AsyncIterator[None]:
    """Keep PostgreSQL from taking back an open transaction while the block computes, which must not use `connection`.

    Should this process freeze, the transaction is taken back all the same.
    """
    await connection.execute(UNLIMITED_TRANSACTION)
    done = asyncio.Event()

    async def ask() -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(limits.idle / 4):
                    await done.wait()
            if done.is_set():
                return
            await connection.execute("SELECT 1")

    asking = asyncio.create_task(ask(), name="keep alive")
    try:
        yield
    finally:
        done.set()  # and not `cancel`, which would take back the transaction with what is asked at this moment
        await asyncio.gather(asking, return_exceptions=True)
    await asking


async def _commit(transaction: Any) -> CommitInDoubt | None:
    """None when it is committed. Raises what shows that it is not."""
    try:
        await transaction.commit()
    except _NOT_COMMITTED:
        raise
    except Exception as error:
        if isinstance(error, asyncpg.InternalClientError) and _NEVER_SENT in str(error):
            raise
        doubt = CommitInDoubt(f"{type(error).__name__}: {error}")
        doubt.__cause__ = error
        return doubt
    return None


class Failure(NamedTuple):
    """What a caller is told of an error that was raised while they were answered, and the status of that answer."""

    problem: Problem
    status: int
    foreseen: bool
    """Whether the database, or another transaction in it, prevented it; then it is no mistake of ours."""


def failure_of(error: Exception, *, reads: bool) -> Failure:
    """Unless they only read (`reads`), 503 says that nothing was changed, and 500 that this is not known."""
    unchanged = isinstance(error, Busy) or _NOTE in getattr(error, "__notes__", ())
    foreseen = isinstance(error, (*_LOCKED, *_ENDED))
    if not reads and not unchanged:
        why = "the database does not answer" if foreseen else "something failed on our side"
        return Failure(_unavailable(f"It is not known whether this took effect: {why}. {_AGAIN}"), 500, foreseen)
    if isinstance(error, _LOCKED):
        what = "Another change of this organization is under way and takes longer than usual"
    elif foreseen:
        what = "The database does not answer now, or ended the connection"
    else:
        what = "Something failed on our side"
    then = ". Try again in a moment." if reads else "; nothing was changed. Send it again in a moment."
    return Failure(_unavailable(what + then), 503 if foreseen or not reads else 500, foreseen)


def _unavailable(message: str) -> Problem:
    return Problem(ErrorCode.UNAVAILABLE, message)
