"""The figures alignment keeps, for one request: asked for when a field needs them, and once for all units."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import date

from gateway.errors import Unavailable
from gateway.model import Model
from gateway.sources import Sources, Unreachable
from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import AlignmentHealth
from goldenthread.contracts.reading import FiguresAnswer, HealthPoint

WAIT = 5.0
"""Seconds that alignment may take to judge what the reader can see already."""

NOTHING = AlignmentHealth(0, 0, 0, 0, 0, 1.0, 1.0, None, None)
"""The health of a unit that nothing has happened to yet."""


class Standing:
    """How everybody stands, and stood on some days."""

    def __init__(self, answer: FiguresAnswer) -> None:
        self.answer = answer
        self._health = {each.unit: each.health for each in answer.health}
        self._days: dict[Id | None, list[HealthPoint]] = defaultdict(list)
        for point in answer.days:
            self._days[point.unit].append(point)

    def health(self, unit: Id | None) -> AlignmentHealth:
        """How a unit, or (None) the organisation, stands now."""
        return self._health.get(unit, NOTHING)

    def days(self, unit: Id | None) -> list[HealthPoint]:
        """How it stood when days were over, in order."""
        return self._days.get(unit, [])


class Figures:
    """What alignment answers about the organisation of `model`, never older than what the model shows."""

    def __init__(self, sources: Sources, model: Model) -> None:
        self._sources, self._model = sources, model
        self._asked: dict[tuple[date | None, int], asyncio.Task[Standing]] = {}

    async def standing(self, since: date | None = None) -> Standing:
        """How everybody stands, and stood from the day `since` on (no day without it). Raises `Unavailable`."""
        key = since, self._model.revision
        task = self._asked.get(key)
        if task is None:
            self._asked = {kept: task for kept, task in self._asked.items() if kept[1] == key[1]}
            task = self._asked[key] = asyncio.create_task(self._ask(*key))
            task.add_done_callback(self._forget_failed)
        # One reader that gives up does not end the reading of the others.
        return await asyncio.shield(task)

    async def _ask(self, since: date | None, revision: int) -> Standing:
        try:
            answer = await self._sources.figures(self._model.id, since, through=revision, wait=WAIT)
        except Unreachable as error:
            raise Unavailable("Figures cannot be read now: alignment does not answer. Try again.") from error
        if answer.judged < revision:
            raise Unavailable(f"Figures do not reflect revision {revision} yet: alignment is behind. Try again.")
        return Standing(answer)

    def _forget_failed(self, task: asyncio.Task[Standing]) -> None:
        """A socket asks again later: what failed is not remembered."""
        if task.cancelled() or task.exception() is not None:
            self._asked = {key: each for key, each in self._asked.items() if each is not task}
