"""Starts components in stages, keeps them alive, and stops them in reverse.

A component that ends by itself is started again, after a wait that doubles each time up to a limit; one that has lived
for a while begins again with the shortest wait. A component that lives and does not answer is killed, and then started
again in the same way (`liveness.py`). While it is away the others go on: they are made for that.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from goldenthread.launcher.liveness import LivenessChecked, LivenessPolicy, until_unresponsive


class Component(Protocol):
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
class ComponentReady:
    """A component is ready; `restarts` counts how often it was started again."""

    name: str
    restarts: int


@dataclass(frozen=True)
class ComponentEnded:
    """A component ended without being asked to."""

    name: str
    code: int
    again_in: float


@dataclass(frozen=True)
class ComponentUnresponsive:
    """A component did not answer any more and is killed; `ComponentEnded` follows."""

    name: str
    why: str


@dataclass(frozen=True)
class RestartFailed:
    """A component could not be started again; the next attempt follows."""

    name: str
    why: str
    again_in: float


SupervisorEvent = ComponentReady | ComponentEnded | ComponentUnresponsive | RestartFailed


@dataclass(frozen=True)
class Backoff:
    """How long to wait before starting a component again."""

    first: float = 0.1
    most: float = 15.0
    lived: float = 30.0

    def wait(self, failures: int) -> float:
        """Before the attempt that follows `failures` short lives in a row."""
        return min(self.most, self.first * 2.0 ** min(failures, 30))


class Supervisor:
    """Runs `stages`: the components of one start together, each stage when the one before is ready."""

    def __init__(
        self,
        stages: Sequence[Sequence[Component]],
        *,
        backoff: Backoff | None = None,
        watch: LivenessPolicy | None = None,
        tell: Callable[[SupervisorEvent], None] = lambda _: None,
    ) -> None:
        self._stages = stages
        self._backoff = backoff or Backoff()
        self._liveness = watch or LivenessPolicy()
        self._report = tell
        self._watchers: list[asyncio.Task[None]] = []
        self._asked = asyncio.Event()

    async def start(self) -> None:
        """Start everything. If one component does not start, stops what runs and raises its error."""
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
            ended = await asyncio.gather(*(component.stop() for component in stage), return_exceptions=True)
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

    async def _start_stage(self, stage: Sequence[Component]) -> None:
        starting = [asyncio.create_task(self._first_start(component), name=component.name) for component in stage]
        try:
            await asyncio.gather(*starting)
        except BaseException:
            for task in starting:
                task.cancel()
            await asyncio.gather(*starting, return_exceptions=True)
            raise

    async def _first_start(self, component: Component) -> None:
        await component.start()
        self._report(ComponentReady(component.name, 0))
        self._watchers.append(asyncio.create_task(self._keep_alive(component), name=f"keep {component.name} alive"))

    async def _keep_alive(self, component: Component) -> None:
        restarts = failures = 0
        while True:
            since = time.monotonic()
            code = await self._ended(component)
            failures = 0 if time.monotonic() - since > self._backoff.lived else failures
            self._report(ComponentEnded(component.name, code, self._backoff.wait(failures)))
            failures = await self._start_again(component, failures)
            restarts += 1
            self._report(ComponentReady(component.name, restarts))

    async def _ended(self, component: Component) -> int:
        """The exit code, once the component has ended, by itself or killed because it did not answer."""
        watching = asyncio.create_task(self._kill_when_silent(component), name=f"watch {component.name}")
        try:
            return await component.wait()
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def _kill_when_silent(self, component: Component) -> None:
        if isinstance(component, LivenessChecked):
            why = await until_unresponsive(component.ping, self._liveness)
            self._report(ComponentUnresponsive(component.name, why))
            component.kill()

    async def _start_again(self, component: Component, failures: int) -> int:
        """Try until it is ready; returns the failures so far, this life counted as one until it has lasted."""
        while True:
            await asyncio.sleep(self._backoff.wait(failures))
            failures += 1
            try:
                await component.start()
            except Exception as error:
                self._report(RestartFailed(component.name, str(error), self._backoff.wait(failures)))
            else:
                return failures
