"""How much of a pool of connections is in use, and how many wait for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg

from goldenthread.runtime.observability import metrics


@contextmanager
def pool_measured(pool: asyncpg.Pool, name: str) -> Iterator[None]:
    """The pool's connections are among the metrics as long as the block."""
    metrics.POOL_CONNECTIONS.follow(pool.get_idle_size, name, "idle")
    metrics.POOL_CONNECTIONS.follow(lambda: pool.get_size() - pool.get_idle_size(), name, "used")
    metrics.POOL_LIMIT.follow(pool.get_max_size, name)
    metrics.POOL_WAITING.follow(lambda: _waiting(pool), name)
    try:
        yield
    finally:
        for state in ("idle", "used"):
            metrics.POOL_CONNECTIONS.forget(name, state)
        metrics.POOL_LIMIT.forget(name)
        metrics.POOL_WAITING.forget(name)


def _waiting(pool: Any) -> int:
    """How many wait for a connection. asyncpg does not say it: this reads its queue of free connections, and a test
    fails when that changes.
    """
    return len(pool._queue._getters)
