"""How far imports are: goals is asked while there are listeners, once for all listeners of an organization.

Twice a second while an import is under way, seldom otherwise. What changes of a run while its listener does not read is
told once, as it is then: nothing piles up. A goals that does not answer is asked again; no listener hears of it.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Iterable
from time import monotonic
from typing import Protocol

from gateway.upstream.ports import Unreachable, Upstreams
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import ImportStep
from goldenthread.contracts.read_api import ImportRun
from goldenthread.runtime.observability.failures import log_unforeseen
from goldenthread.runtime.observability.tracing import create_untraced_task

log = logging.getLogger(__name__)

_BUSY, _QUIET = 0.5, 2.0
EXPECTED = 5.0
"""Seconds after an import was sent in which goals is asked as if it were under way."""
MOST = 100
"""Runs of an organization that are told, at most: those that changed last."""
_ENDED = (ImportStep.DONE, ImportStep.FAILED)


class HasUpstreams(Protocol):
    """Where the upstreams are found (`OrganizationCache`)."""

    upstreams: Upstreams


class ImportRuns:
    """The imports of the organizations that have listeners.

    `busy` and `quiet`: seconds between two questions to goals while an import is under way, and otherwise.
    """

    def __init__(self, asked: HasUpstreams, busy: float = _BUSY, quiet: float = _QUIET) -> None:
        self._asked, self._busy, self._quiet = asked, busy, quiet
        self._polls: dict[Id, _Poll] = {}

    async def now(self, organization: Id) -> list[ImportRun]:
        """The imports under way and those that ended lately, the oldest first. Raises `Unreachable`."""
        return _latest(await self._asked.upstreams.imports(organization))

    def begins(self, organization: Id) -> None:
        """An import is being sent to goals: ask soon, for the listeners."""
        poll = self._polls.get(organization)
        if poll is not None:
            poll.begun = monotonic()
            poll.woken.set()

    def feed(self, organization: Id) -> ImportFeed:
        """What a new listener gets, until the end of its `with` block."""
        return ImportFeed(self, organization)

    def _begin(self, organization: Id, feed: ImportFeed) -> None:
        poll = self._polls.get(organization)
        if poll is None:
            poll = self._polls[organization] = _Poll()
            poll.task = create_untraced_task(self._run(organization, poll), "imports")
        poll.feeds.add(feed)
        if poll.runs is not None:
            feed.take(poll.runs)

    def _end(self, organization: Id, feed: ImportFeed) -> None:
        poll = self._polls[organization]
        poll.feeds.discard(feed)
        if not poll.feeds and poll.task is not None:
            poll.task.cancel()
            del self._polls[organization]

    async def _run(self, organization: Id, poll: _Poll) -> None:
        while True:
            poll.woken.clear()
            try:
                poll.runs = await self.now(organization)
                for feed in poll.feeds:
                    feed.take(poll.runs)
            except Unreachable as error:
                log.info("the imports of %s were not read: %s", organization, error)
            except Exception as error:
                log_unforeseen(
                    "gateway", f"the imports of {organization} were not read", error, organization=organization
                )
            # Goals says nothing of an import in its first moments.
            begins = monotonic() - poll.begun < EXPECTED
            busy = begins or any(run.step not in _ENDED for run in poll.runs or ())
            await _either(poll.woken, self._busy if busy else self._quiet)


class _Poll:
    """The question about one organization, and who hears the answers."""

    def __init__(self) -> None:
        self.feeds: set[ImportFeed] = set()
        self.runs: list[ImportRun] | None = None
        self.woken = asyncio.Event()
        self.begun = -math.inf
        """When an import was sent to goals last."""
        self.task: asyncio.Task[None] | None = None


class ImportFeed:
    """What one listener gets: the runs under way when it begins, then each run whenever it has changed."""

    def __init__(self, runs: ImportRuns, organization: Id) -> None:
        self._runs, self._organization = runs, organization
        self._heard: dict[Id, ImportRun] | None = None
        self._waiting: dict[Id, ImportRun] = {}
        self._woken = asyncio.Event()

    def __enter__(self) -> ImportFeed:
        self._runs._begin(self._organization, self)
        return self

    def __exit__(self, *_: object) -> None:
        self._runs._end(self._organization, self)

    def take(self, runs: Iterable[ImportRun]) -> None:
        """Keep what this listener has not got yet. Runs that ended before it began are left out."""
        heard = self._heard
        for run in runs:
            before = None if heard is None else heard.get(run.id)
            if run != before and not (heard is None and run.step in _ENDED):
                self._waiting[run.id] = run
        self._heard = {run.id: run for run in runs}
        if self._waiting:
            self._woken.set()

    async def changes(self) -> AsyncIterator[ImportRun]:
        """Runs as they are then, for ever."""
        while True:
            while self._waiting:
                yield self._waiting.pop(next(iter(self._waiting)))
            self._woken.clear()
            await self._woken.wait()


def _latest(runs: list[ImportRun]) -> list[ImportRun]:
    found = sorted(runs, key=lambda run: (run.updated_at, run.id))[-MOST:]
    return sorted(found, key=lambda run: (run.started_at, run.id))


async def _either(woken: asyncio.Event, seconds: float) -> None:
    """Wait for the event, so many seconds at most."""
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
