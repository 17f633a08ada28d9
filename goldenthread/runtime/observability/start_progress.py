"""The start of a process, which waits for PostgreSQL, Kafka and other services that are away or not set up yet.

A process that ended instead would be started again after pauses that grow to minutes, and would still be away when the
service is back. While it waits, `/live` says that it lives, `/ready` what it waits for, everything else answers 503.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import TypeVar

import asyncpg

from goldenthread.runtime.observability.failures import is_away, is_misconfigured, raise_if_cancelled

T = TypeVar("T")

log = logging.getLogger(__name__)

_PAUSE = 2.0
"""Seconds between two attempts."""
_SAY_EVERY = 5.0
_SETUP_SECONDS = 60.0
"""Seconds in which a login or a database may still be set up. Then the process ends, because a changed Secret is read
only at a new start.
"""


class PrerequisiteMissing(Exception):
    """Something that another process or person has to create is missing. The message says what, and what to do."""


class Misconfigured(Exception):
    """The configuration is wrong, and was not corrected in time. The message says what, in one sentence."""


class StartProgress:
    """The progress of a process's start."""

    def __init__(self, setup_seconds: float = _SETUP_SECONDS) -> None:
        self._setup_seconds = setup_seconds
        self.awaited: dict[str, str] = {}
        """What it waits for: its name in `/ready`, and a sentence."""
        self.step = "start"
        self.name = "this process"
        self.clock = monotonic
        self._misconfigured_since: float | None = None

    @property
    def checks(self) -> dict[str, str]:
        """The answer of `/ready`: what the process waits for, or else its current step."""
        doing = "this process is starting" + (f": it is at {self.name}" if self.step != "start" else "")
        return self.awaited or {self.step: doing}

    @contextmanager
    def waiting_for(self, step: str, name: str) -> Iterator[None]:
        """An error in the block is about `name`; `/ready` calls it `step`."""
        before = self.step, self.name
        self.step, self.name = step, name
        yield
        self.step, self.name = before

    def failed(self, error: Exception) -> None:
        """Remember what a failed attempt waits for. Raises an error that waiting cannot solve."""
        misconfigured = is_misconfigured(error)
        if not (misconfigured or isinstance(error, PrerequisiteMissing) or is_away(error)):
            raise error
        if self.step == "start" and isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
            self.step, self.name = "database", "PostgreSQL"
        now, since = self.clock(), self._misconfigured_since
        since = None if not misconfigured else now if since is None else since
        self._misconfigured_since = since
        said = self._sentence(error, misconfigured)
        if since is not None and now - since >= self._setup_seconds:
            raise Misconfigured(f"{said}; that was not mended within {self._setup_seconds:g} s") from error
        if self.awaited != (awaited := {self.step: said}):
            self.awaited = awaited
            log.warning("waiting: %s", said)
        self.step, self.name = "start", "this process"

    async def remind(self) -> None:
        """Log every few seconds what the process waits for, however long an attempt takes."""
        while True:
            await asyncio.sleep(_SAY_EVERY)
            for said in self.awaited.values():
                log.warning("still waiting: %s", said)

    def _sentence(self, error: Exception, misconfigured: bool) -> str:
        if isinstance(error, PrerequisiteMissing):
            return str(error)
        # A detail of PostgreSQL may quote rows.
        words = str(error.args[0] if hasattr(error, "sqlstate") and error.args else error)
        kind = "cannot be used as it is set up" if misconfigured else "does not answer"
        return f"{self.name} {kind}: {type(error).__name__} {words}".strip()


_current: ContextVar[StartProgress | None] = ContextVar("start", default=None)


@contextmanager
def waiting_for(step: str, name: str) -> Iterator[None]:
    """While the block lasts, a process that starts waits for `name`. Errors are raised unchanged."""
    start = _current.get()
    if start is None:
        yield
    else:
        with start.waiting_for(step, name):
            yield


@asynccontextmanager
async def started(start: StartProgress, build: Callable[[], AbstractAsyncContextManager[T]]) -> AsyncIterator[T]:
    """The result of `build`, which is tried again while something that it needs is away."""
    _current.set(start)
    reminding = asyncio.create_task(start.remind(), name="start")
    try:
        stack, built = await _until_built(start, build)
    finally:
        reminding.cancel()
    async with stack:
        if start.awaited:
            log.info("waiting is over: this process is started")
        yield built


async def _until_built(
    start: StartProgress, build: Callable[[], AbstractAsyncContextManager[T]]
) -> tuple[AsyncExitStack, T]:
    while True:
        stack = AsyncExitStack()
        try:
            return stack, await stack.enter_async_context(build())
        except Exception as error:
            raise_if_cancelled(error)
            start.failed(error)
        await asyncio.sleep(_PAUSE)
