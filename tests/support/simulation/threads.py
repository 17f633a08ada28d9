"""Threads in virtual time: work ends a while after it was begun, whether or not anybody still waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from tests.support.simulation.faults import Faults


class SimulatedThreads(Executor):
    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        made: Future[Any] = Future()
        made.set_running_or_notify_cancel()  # a thread cannot be called back
        delay = self._faults.random.choice((0.0, 0.001, 0.01, 0.3))
        asyncio.get_running_loop().call_later(delay, self._end, made, lambda: fn(*args, **kwargs))
        return made

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """What runs ends by itself."""

    def _end(self, made: Future[Any], work: Callable[[], Any]) -> None:
        try:
            made.set_result(work())
        except Exception as error:
            made.set_exception(error)
