"""Long computations beside the event loop, so that heartbeats and other organizations do not wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TypeVar

R = TypeVar("R")


class ThreadOffload:
    """Runs work on what weighs more than `heavy` in a thread, and all other work at once.

    A caller that is cancelled is gone while its thread runs on: what that works on belongs to nobody else then, and
    its result is thrown away.
    """

    def __init__(self, heavy: int, width: int, executor: Executor | None = None) -> None:
        self._heavy = heavy
        self._executor = executor or ThreadPoolExecutor(width, thread_name_prefix="fold")

    def heavy(self, weight: int) -> bool:
        """Does work on this much go to a thread?"""
        return weight > self._heavy

    async def run(self, weight: int, work: Callable[[], R]) -> R:
        """What `work` gives or raises."""
        if not self.heavy(weight):
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """Begin nothing more; what runs ends by itself."""
        self._executor.shutdown(wait=False, cancel_futures=True)
