"""What tries again for ever ends when it is told to, also when an error takes the place of that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from asyncpg import InternalClientError

from goldenthread.runtime.outbox.relay import Relay
from goldenthread.runtime.outbox.revision_wait import RevisionWaits
from goldenthread.runtime.postgres.database import Pool


class Lost:
    """A pool whose connection is lost in the moment in which somebody is told to end, as asyncpg says it."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        try:
            self.waiting.set()
            await asyncio.Event().wait()
            yield
        finally:
            raise InternalClientError("cannot switch to state 11; another operation (2) is in progress")


def _relay(pool: Pool) -> Coroutine[Any, Any, None]:
    return Relay(pool, lambda: None, "topic").run()


@pytest.mark.parametrize("run", [lambda pool: RevisionWaits(pool).run(), _relay], ids=["judged", "relay"])
async def test_it_ends(run: Callable[[Pool], Coroutine[Any, Any, None]]) -> None:
    pool = Lost()
    task = asyncio.create_task(run(cast(Pool, pool)))
    await pool.waiting.wait()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    try:
        assert done
        assert task.cancelled()
    finally:
        task.cancel()
