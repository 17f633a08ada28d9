"""Processes of goals on one database, and imports that wait until they may compute."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from goldenthread.runtime.clock import new_id
from goldenthread.runtime.configuration.database_limits import DatabaseLimits
from services.goals.domain.decision import Decision
from services.goals.domain.imports.import_plan import import_plan
from services.goals.handlers import Goals
from services.goals.head_state_cache import HeadStateCache
from services.goals.imports import computation
from tests.integration.goals.goals_harness import GoalsHarness
from tests.support.asgi_server import eventually

LIMITS = DatabaseLimits(lock=1.5, idle=1.5)
"""Soon over, and longer than a busy machine keeps a command from its next statement."""


def process(harness: GoalsHarness) -> Goals:
    """goals as another process has it, on the same database."""
    return Goals(
        harness.pool, HeadStateCache(10, LIMITS.lock), lambda: None, lambda: harness.now, new_id, limits=LIMITS
    )


class Slow:
    """`import_plan`, which waits before it computes until it may: `one` lets the next one go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls, self._allowed = 0, threading.Semaphore(0)
        monkeypatch.setattr(computation, "import_plan", self)

    def __call__(self, *arguments: Any) -> Decision:
        self.calls += 1
        assert self._allowed.acquire(timeout=60), "nobody let it go on"
        return import_plan(*arguments)

    async def reached(self, calls: int) -> None:
        await eventually(lambda: self.calls == calls)

    def one(self, more: int = 1) -> None:
        self._allowed.release(more)
