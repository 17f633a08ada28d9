"""How much of a pool of connections is in use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from goldenthread.runtime.observability import metrics


@contextmanager
def pool_measured(pool: asyncpg.Pool, name: str) -> Iterator[None]:
    """The pool's connections are among the metrics as long as the block."""
    metrics.POOL_CONNECTIONS.follow(pool.get_idle_size, name, "idle")
    metrics.POOL_CONNECTIONS.follow(lambda: pool.get_size() - pool.get_idle_size(), name, "used")
    metrics.POOL_LIMIT.follow(pool.get_max_size, name)
    try:
        yield
    finally:
        for state in ("idle", "used"):
            metrics.POOL_CONNECTIONS.forget(name, state)
        metrics.POOL_LIMIT.forget(name)
