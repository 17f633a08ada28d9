"""Notices a process that lives and does not answer, so that the supervisor can replace it.

Only time in which the launcher itself was on time counts as silence. A launcher that was late (a suspended machine, a
processor that others occupy) cannot tell a silent process from one whose answer it has not read yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from goldenthread.launcher.ports import HOST

_SLICES = 20
"""Parts of a wait that are measured one by one; a part that took longer than planned counts as long as planned."""


@runtime_checkable
class LivenessChecked(Protocol):
    """A component that can be asked whether it still answers, and that can be ended when it does not."""

    async def ping(self) -> None:
        """Ask once, in a new connection; returns when the answer begins, whatever it is, and raises when none comes."""

    def kill(self) -> None:
        """End the process at once; harmless when it is not running."""


@dataclass(frozen=True)
class LivenessPolicy:
    """How often a component is asked, in seconds, and when it counts as silent."""

    every: float = 2.0
    timeout: float = 10.0
    failures: int = 3

    @property
    def silence(self) -> float:
        """Seconds without an answer, at least, before a component is killed; also where each attempt fails at once."""
        return self.failures * self.timeout


async def until_unresponsive(ping: Callable[[], Awaitable[None]], watch: LivenessPolicy) -> str:
    """Ask again and again; returns the reason when `failures` in a row, over `silence` seconds, were not answered."""
    failures, silent = 0, 0.0
    while True:
        problem, waited = await _ask(ping, watch.timeout)
        if problem is None:
            failures, silent = 0, 0.0
        else:
            failures, silent = failures + 1, silent + waited
            if failures >= watch.failures and silent >= watch.silence:
                return f"it was asked {failures} times, and the last time: {problem}"
        silent += await _on_time(asyncio.ensure_future(asyncio.sleep(watch.every)), 2 * watch.every)


async def exchange(port: int, request: bytes, answer: int, host: str = HOST) -> bytes:
    """The first `answer` bytes of what a port answers. Raises OSError, and EOFError for a shorter one."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        return await reader.readexactly(answer)
    finally:
        writer.transport.abort()


async def _ask(ping: Callable[[], Awaitable[None]], timeout: float) -> tuple[str | None, float]:
    """What went wrong (None: nothing), and the seconds waited for it."""
    asking = asyncio.ensure_future(ping())
    try:
        waited = await _on_time(asking, timeout)
        if not asking.done():
            return f"no answer within {timeout:g} s", waited
        error = asking.exception()
        return (None if error is None else f"{type(error).__name__} {error}".strip()), waited
    finally:
        asking.cancel()
        await asyncio.wait({asking})


async def _on_time(task: asyncio.Future[Any], seconds: float) -> float:
    """Wait for `task`, at most `seconds` of time in which this process was not late; returns the seconds that count."""
    clock, slice_seconds, waited = asyncio.get_running_loop().time, seconds / _SLICES, 0.0
    try:
        while not task.done() and waited < seconds - slice_seconds / 2:
            began = clock()
            await asyncio.wait({task}, timeout=slice_seconds)
            waited += min(clock() - began, slice_seconds)
    except asyncio.CancelledError:
        task.cancel()
        raise
    return waited
