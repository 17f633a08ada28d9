"""The start of a process: what it needs may be away, or not be set up yet, and is waited for.

A process that ended instead would be started again after pauses that grow to minutes, and be away for so long when what
it needs is back. Meanwhile it answers: `/live` that it lives, `/ready` what it waits for, everything else 503.
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
"""Seconds that are given to whoever sets up a login or a database at this moment. Then the process ends: only a new
start reads a Secret that was changed.
"""


class PrerequisiteMissing(Exception):
    """Something is not there yet that somebody else brings about. The message says what, and what to do."""


class Misconfigured(Exception):
    """What is set up does not fit, and was not mended in time. The message says what, in one sentence."""


class StartProgress:
    """How far the start of a process is."""

    def __init__(self, setup_seconds: float = _SETUP_SECONDS) -> None:
        self._setup_seconds = setup_seconds
        self.awaited: dict[str, str] = {}
        """What it waits for, as `/ready` names it, and in a sentence."""
        self.step = "start"
        self.name = "this process"
        self.clock = monotonic
        self._misconfigured_since: float | None = None

    @property
    def checks(self) -> dict[str, str]:
        """What `/ready` answers: what is awaited, else how far this is."""
        doing = "this process is starting" + (f": it is at {self.name}" if self.step != "start" else "")
        return self.awaited or {self.step: doing}

    @contextmanager
    def waiting_for(self, step: str, name: str) -> Iterator[None]:
        """What fails in this block is `name`, which `/ready` calls `step`."""
        before = self.step, self.name
        self.step, self.name = step, name
        yield
        self.step, self.name = before

    def failed(self, error: Exception) -> None:
        """Keep in mind what an attempt waits for. Raises what waiting does not help with."""
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
        """Log every few seconds what is waited for, however long an attempt takes."""
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
    """While the block lasts, a process that starts waits for `name`; errors are raised as they are."""
    start = _current.get()
    if start is None:
        yield
    else:
        with start.waiting_for(step, name):
            yield


@asynccontextmanager
async def started(start: StartProgress, build: Callable[[], AbstractAsyncContextManager[T]]) -> AsyncIterator[T]:
    """What `build` makes, which is tried again for as long as something it needs is away."""
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
