"""Starts parts in stages, keeps them alive, and stops them in reverse.

A part that ends by itself is started again, after a wait that doubles each time up to a limit; one that has lived for a
while begins again with the shortest wait. A part that lives and does not answer is killed, and then started again in
the same way (`watching.py`). While it is away the others go on: they are made for that.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from goldenthread.launcher.watching import Watch, Watched, until_silent


class Part(Protocol):
    """Something that runs until it is stopped, and that can be started again after it ended."""

    @property
    def name(self) -> str:
        """What people call it."""

    async def start(self) -> None:
        """Start; returns when it is ready. Raises LaunchError, leaving nothing behind, when it does not become so."""

    async def wait(self) -> int:
        """The exit code, once it has ended."""

    async def stop(self) -> None:
        """Stop it; returns when it has ended. Harmless when it is not running."""


@dataclass(frozen=True)
class Ready:
    """A part is ready; `restarts` counts how often it was started again."""

    name: str
    restarts: int


@dataclass(frozen=True)
class Ended:
    """A part ended without being asked to."""

    name: str
    code: int
    again_in: float


@dataclass(frozen=True)
class Unresponsive:
    """A part did not answer any more and is killed; `Ended` follows."""

    name: str
    why: str


@dataclass(frozen=True)
class Failed:
    """A part could not be started again; the next attempt follows."""

    name: str
    why: str
    again_in: float


Happening = Ready | Ended | Unresponsive | Failed


@dataclass(frozen=True)
class Backoff:
    """How long to wait before starting a part again."""

    first: float = 0.1
    most: float = 15.0
    lived: float = 30.0

    def wait(self, failures: int) -> float:
        """Before the attempt that follows `failures` short lives in a row."""
        return min(self.most, self.first * 2.0 ** min(failures, 30))


class Supervisor:
    """Runs `stages`: the parts of one start together, each stage when the one before is ready."""

    def __init__(
        self,
        stages: Sequence[Sequence[Part]],
        *,
        backoff: Backoff | None = None,
        watch: Watch | None = None,
        tell: Callable[[Happening], None] = lambda _: None,
    ) -> None:
        self._stages = stages
        self._backoff = backoff or Backoff()
        self._watch = watch or Watch()
        self._tell = tell
        self._watchers: list[asyncio.Task[None]] = []
        self._asked = asyncio.Event()

    async def start(self) -> None:
        """Start everything. If one part does not start, stops what runs and raises its error."""
        try:
            for stage in self._stages:
                await self._start_stage(stage)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop everything, last stage first; returns when all have ended, and raises the first error met."""
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        self._watchers.clear()
        problems: list[BaseException] = []
        for stage in reversed(self._stages):
            ended = await asyncio.gather(*(part.stop() for part in stage), return_exceptions=True)
            problems += [problem for problem in ended if problem is not None]
        if problems:
            raise problems[0]

    def ask_to_stop(self) -> None:
        """Let `until_asked` return."""
        self._asked.set()

    async def until_asked(self) -> None:
        """Returns on SIGINT, SIGTERM or `ask_to_stop`."""
        loop = asyncio.get_running_loop()
        for asking in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(asking, self._asked.set)
        try:
            await self._asked.wait()
        finally:
            for asking in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(asking)

    async def _start_stage(self, stage: Sequence[Part]) -> None:
        starting = [asyncio.create_task(self._first_start(part), name=part.name) for part in stage]
        try:
            await asyncio.gather(*starting)
        except BaseException:
            for task in starting:
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)
            raise

    async def _first_start(self, part: Part) -> None:
        await part.start()
        self._tell(Ready(part.name, 0))
        self._watchers.append(asyncio.create_task(self._keep_alive(part), name=f"keep {part.name} alive"))

    async def _keep_alive(self, part: Part) -> None:
        restarts = failures = 0
        while True:
            since = time.monotonic()
            code = await self._ended(part)
            failures = 0 if time.monotonic() - since > self._backoff.lived else failures
            self._tell(Ended(part.name, code, self._backoff.wait(failures)))
            failures = await self._start_again(part, failures)
            restarts += 1
            self._tell(Ready(part.name, restarts))

    async def _ended(self, part: Part) -> int:
        """The exit code, once the part has ended, by itself or killed because it did not answer."""
        watching = asyncio.create_task(self._kill_when_silent(part), name=f"watch {part.name}")
        try:
            return await part.wait()
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def _kill_when_silent(self, part: Part) -> None:
        if isinstance(part, Watched):
            why = await until_silent(part.ping, self._watch)
            self._tell(Unresponsive(part.name, why))
            part.kill()

    async def _start_again(self, part: Part, failures: int) -> int:
        """Try until the part is ready; returns the failures so far, this life counted as one until it has lasted."""
        while True:
            await asyncio.sleep(self._backoff.wait(failures))
            failures += 1
            try:
                await part.start()
            except Exception as error:
                self._tell(Failed(part.name, str(error), self._backoff.wait(failures)))
            else:
                return failures
