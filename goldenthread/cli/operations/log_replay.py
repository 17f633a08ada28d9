"""Replays logs of erasures into a database of goals, for `goldenthread erasures` and `goldenthread restore`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.clock import new_id, utc_now
from goldenthread.runtime.postgres.database import open_pool
from goldenthread.runtime.postgres.migrations import SHARED
from services.goals.erasure import log_file
from services.goals.erasure_replay import ReplayReport, replay
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.migrations import MIGRATIONS

_HELD, _CONNECTIONS = 4, 2


def require_whole(logs: Iterable[Path]) -> None:
    """Raises BadLogFile for a log that is not whole: somebody who is missing in it would stay."""
    for log in logs:
        for _ in log_file.read(log):
            pass


async def replay_logs(database: Secret, logs: Sequence[Path]) -> ReplayReport:
    """Repeat what logs say that are whole, one after the other. Raises what says that the database is away."""
    async with open_pool(database, _CONNECTIONS, SHARED, MIGRATIONS) as pool:
        goals = Goals(pool, HeadStateCache(_HELD), lambda: None, utc_now, new_id)
        total = ReplayReport()
        for log in logs:
            total += await replay(goals, log_file.read(log))
        return total
