"""The figures alignment keeps, for one request: asked for when a field needs them, and once for all units."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from datetime import date
from typing import Any, TypeVar

from gateway.budget import cost
from gateway.errors import Unavailable
from gateway.live.organization_view import OrganizationView
from gateway.upstream.ports import Unreachable, Upstreams
from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import AlignmentHealth
from goldenthread.contracts.read_api import FiguresAnswer, HealthPoint, Reciprocity, ReciprocityAnswer, StreamPosition
from goldenthread.runtime.clock import Clock

WAIT = 2.0
"""Seconds that alignment may take to judge what the reader can see already."""
_MET_SECONDS = 2.0
"""Seconds within which later commits that alignment has judged must arrive here, to be recognized as the same
branch.
"""

_MOST_ANSWERS = 16
"""Answers that one socket keeps; they may be long, and a caller can ask for ever other days."""

NOTHING = AlignmentHealth(0, 0, 0, 0, 0, 1.0, 1.0, None, None)
"""The health of a unit that nothing has happened to yet."""


Key = TypeVar("Key")
Found = TypeVar("Found")
Read = Callable[[date | None, Id | None, int], Coroutine[Any, Any, Found]]
"""Reads something from a day on, of one unit ("": the organization as a whole) or of all, as of a revision at least."""


class UnitFigures:
    """The figures of the organization and all units, now and on some days."""

    def __init__(self, answer: FiguresAnswer) -> None:
        self.answer = answer
        self.silos = {each.unit: each for each in answer.silos}
        """The units that are silos now."""
        self._health = {each.unit: each.health for each in answer.health}
        self._days: dict[Id | None, list[HealthPoint]] = defaultdict(list)
        for point in answer.days:
            self._days[point.unit].append(point)

    def health(self, unit: Id | None) -> AlignmentHealth:
        """How a unit, or (None) the organization, stands now."""
        return self._health.get(unit, NOTHING)

    def days(self, unit: Id | None) -> list[HealthPoint]:
        """How it stood when days were over, in order."""
        return self._days.get(unit, [])


class ReciprocityPairs:
    """What passed between units."""

    def __init__(self, answer: ReciprocityAnswer) -> None:
        self.answer = answer
        self._of: dict[Id, list[Reciprocity]] = defaultdict(list)
        for pair in answer.pairs:
            self._of[pair.unit].append(pair)

    def of(self, unit: Id) -> list[Reciprocity]:
        """What a unit told others, and what became of it."""
        return self._of.get(unit, [])


class FiguresReader:
    """What alignment answers about the organization of `view`, never older than what the view shows.

    Every method raises `Unavailable` when alignment does not answer, or is too far behind.
    """

    def __init__(self, upstreams: Upstreams, view: OrganizationView, now: Clock) -> None:
        self._upstreams, self._view, self._now = upstreams, view, now
        self._asked: dict[tuple[Read[Any], date | None, Id | None, int], asyncio.Task[Any]] = {}
        self._whose: dict[tuple[date, int], set[Id | None]] = {}
        """Whose days have been asked for, by the first of them and the revision."""

    async def current(self) -> UnitFigures:
        """The figures of the organization and all units."""
        return await self._once(self._standing, None)

    async def days(self, unit: Id | None, since: date) -> list[HealthPoint]:
        """How a unit, or (None) the organization, stood from the day `since` on.

        A unit that is the only one asked about is read alone: the days of all units may be millions.
        """
        revision = self._view.revision
        self._whose = _latest({kept: whose for kept, whose in self._whose.items() if kept[1] == revision})
        whose = self._whose.setdefault((since, revision), set())
        whose.add(unit)
        await asyncio.sleep(0)  # Until those who ask at the same time have done so.
        only = (unit or "") if len(whose) == 1 else None
        return (await self._once(self._standing, since, only)).days(unit)

    async def pairs(self, unit: Id, since: date | None = None) -> list[Reciprocity]:
        """What a unit told others from the day `since` on (ever, without it), and what became of it."""
        return (await self._once(self._pairs, since)).of(unit)

    async def _standing(self, since: date | None, only: Id | None, revision: int) -> UnitFigures:
        return UnitFigures(
            await self._upstreams.figures(
                self._view.id, since, only=only, through=self._view.place(revision), wait=WAIT
            )
        )

    async def _pairs(self, since: date | None, _: Id | None, revision: int) -> ReciprocityPairs:
        return ReciprocityPairs(
            await self._upstreams.reciprocity(self._view.id, since, through=self._view.place(revision), wait=WAIT)
        )

    def _size(self, since: date | None, only: Id | None) -> int:
        """Rows of an answer, at most: units, and the days of each."""
        org = self._view.org
        units = 1 if only is not None else len(org.units)
        if since is None or org.info is None:
            return units
        founded = org.info.created_at.date()
        return units * (1 + max(0, (self._now().date() - max(since, founded)).days))

    async def _once(self, read: Read[Found], since: date | None, only: Id | None = None) -> Found:
        """One answer for all who ask for the same at the same revision."""
        key = read, since, only, self._view.revision
        task = self._asked.get(key)
        if task is None:
            self._asked = _latest({kept: task for kept, task in self._asked.items() if kept[3] == key[3]})
            task = self._asked[key] = asyncio.create_task(self._ask(*key))
            task.add_done_callback(self._forget_failed)
        # One reader that gives up does not end the reading of the others.
        found: Found = await asyncio.shield(task)
        return found

    async def _ask(self, read: Read[Any], since: date | None, only: Id | None, revision: int) -> Any:
        cost.rows(self._size(None if read == self._pairs else since, only))  # pairs are of the whole time
        try:
            async with cost.reading():
                found = await read(since, only, revision)
        except Unreachable as error:
            raise Unavailable("Figures cannot be read now: alignment does not answer. Try again.") from error
        if not await self._reflects(StreamPosition(found.answer.judged, found.answer.judged_id), revision):
            raise Unavailable(f"Figures do not reflect revision {revision} yet: alignment is behind. Try again.")
        return found

    async def _reflects(self, judged: StreamPosition, revision: int) -> bool:
        """Whether what was judged is this revision or a later one of the same branch of goals."""
        if judged.sequence < revision:
            return False
        try:
            async with asyncio.timeout(_MET_SECONDS):
                return await self._view.meets(judged)
        except TimeoutError:
            return False

    def _forget_failed(self, task: asyncio.Task[Any]) -> None:
        """A socket asks again later: what failed is not remembered."""
        if task.cancelled() or task.exception() is not None:
            self._asked = {key: each for key, each in self._asked.items() if each is not task}


def _latest(kept: dict[Key, Found]) -> dict[Key, Found]:
    """What was asked for last, with room for one more."""
    return dict(list(kept.items())[1 - _MOST_ANSWERS :])
