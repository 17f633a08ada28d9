"""Noticing silence: what a producer has written and we have not folded, by asking it every few seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import NamedTuple

from goldenthread.runtime.projection.position import Position
from goldenthread.runtime.projection.protocols import Producer

Where = Callable[[Collection[str]], Awaitable[Mapping[str, Position]]]
"""How far these organisations are folded; `START` for one never seen."""


class HeadsWatch:
    """One producer's heads against our positions. Not at the head on two polls, without having moved: to be repaired.

    Every `full_every`-th poll, and the first, asks for all organisations: a producer restored from a backup has heads
    that moved *back*, and no token tells that. So does the next one after `ask_for_all`.
    """

    def __init__(self, producer: Producer, full_every: int) -> None:
        self._producer = producer
        self._full_every = full_every
        self._polls = 0
        self._all = False
        self._token: str | None = None
        self._noted: dict[str, _Noted] = {}

    def ask_for_all(self) -> None:
        """More organisations are ours than at the last poll: what it left out is news to us."""
        self._all = True

    async def poll(self, mine: Callable[[str], bool], where: Where) -> list[str]:
        """Organisations of ours to repair."""
        full, self._all = self._all or self._polls % self._full_every == 0, False
        try:
            answer = await self._producer.heads(None if full else self._token)
            heads = {organization: head for organization, head in answer.heads.items() if mine(organization)}
            earlier = {organization: head for organization, head in self._noted.items() if mine(organization)}
            positions = await where(list({**heads, **earlier}))
        except BaseException:
            self._all = self._all or full
            raise
        self._polls += 1
        self._token = answer.token
        self._noted = {}
        lagging = []
        for organization, position in positions.items():
            noted = earlier.get(organization)
            head = heads.get(organization, noted.head if noted else None)
            if head is None or position == head:
                continue
            self._noted[organization] = _Noted(head, position)
            if noted is not None and _stuck(position, head, noted):
                lagging.append(organization)
        return lagging


class _Noted(NamedTuple):
    """What the poll before found of an organisation that was not at its head."""

    head: Position
    position: Position


def _stuck(position: Position, head: Position, noted: _Noted) -> bool:
    """Behind where the head was a poll ago, and not moving: a long backlog that is being folded is no silence."""
    if position.sequence < head.sequence:
        return position.sequence < noted.head.sequence and position == noted.position
    return True
