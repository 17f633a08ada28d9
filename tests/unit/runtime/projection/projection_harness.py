"""A projection of one goals stream in this process, whose store and fold can be held up."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Sequence
from typing import Any

from goldenthread.runtime.projection import (
    BatchReceipt,
    Commit,
    DeadLetter,
    Merge,
    Pace,
    PreparedSave,
    Projection,
    Record,
)
from tests.support.simulation.database import Database
from tests.support.simulation.faults import Away, Faults
from tests.support.simulation.folding import ChainFold, State, fresh_fold
from tests.support.simulation.streams import ALIGNMENT, GOALS, Goals


class HeldStore(Database):
    """Unless it is `open`, each save waits for a word: `go` lets one through, `fail` makes one fail."""

    def __init__(self, faults: Faults) -> None:
        super().__init__(ALIGNMENT, faults, lambda event: None)
        self.begun: list[int] = []
        """Where each transaction that began would bring the store."""
        self.loads: list[str] = []
        self._words: asyncio.Queue[bool] = asyncio.Queue()
        self.open = True

    async def save(self, save: PreparedSave[Any]) -> None:
        self.begun.append(save.checkpoint.positions[GOALS].sequence)
        if not self.open and not await self._words.get():
            raise Away
        await super().save(save)

    async def load(self, organization: str) -> Any:
        self.loads.append(organization)
        return await super().load(organization)

    def go(self) -> None:
        self._words.put_nowait(True)

    def fail(self) -> None:
        self._words.put_nowait(False)


class HeldFold(ChainFold):
    """`folding` is set by a thread that is about to fold `held`'s next commit, which waits until it may."""

    def __init__(self) -> None:
        super().__init__(1)
        self.held: str | None = None
        self.folding, self.may = threading.Event(), threading.Event()
        self.threads: list[threading.Thread] = []

    def apply(self, state: State, commit: Commit) -> Sequence[str]:
        self.threads.append(threading.current_thread())
        if commit.events[0].organization == self.held:
            self.folding.set()
            assert self.may.wait(30)
        return super().apply(state, commit)


class ProjectionHarness:
    def __init__(self, pace: Pace, *organizations: str) -> None:
        faults = Faults(random.Random(0), calm=True)
        self.goals = Goals(organizations, faults)
        self.store, self.fold = HeldStore(faults), HeldFold()
        self.before = 0
        """How far it was when the story began."""
        self.projection: Projection[State] = Projection(
            fold=self.fold,
            store=self.store,
            merge=Merge(GOALS),
            upstreams={GOALS: self.goals},
            report=self._report,
            partition_of=lambda organization: organizations.index(organization),
            pace=pace,
        )
        self.projection.assign(range(len(organizations)))

    async def begin(self) -> None:
        """Every organization has a first commit, folded and saved."""
        for name in self.goals.streams:
            await (await self.feed(name, 1)).saved()
        await self.projection.until_repaired()

    async def feed(self, organization: str, *commits: int) -> BatchReceipt:
        """Commits of so many events are written and consumed."""
        events = [event for count in commits for event in self.goals.write(organization, count)]
        return await self.projection.consume([Record(GOALS, organization, event) for event in events])

    def at(self, organization: str) -> int:
        """How far it is saved."""
        return self.store.rows[organization].checkpoint.positions[GOALS].sequence

    def differences(self) -> list[str]:
        """Organizations of which something else is saved than a fresh fold gives."""
        found = []
        for name, stream in self.goals.streams.items():
            state, out, at = fresh_fold(ALIGNMENT, name, 1, [stream])
            row = self.store.rows[name]
            same = (row.chain, row.rows, row.stream.events) == (state.chain, state.rows, out.events)
            if not same or dict(row.checkpoint.positions) != at:
                found.append(name)
        return found

    async def _report(self, notice: DeadLetter) -> None:
        raise AssertionError(notice)
