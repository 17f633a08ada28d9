"""Noticing silence: what an upstream has written and we have not folded, by asking it every few seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import NamedTuple

from goldenthread.contracts.read_api import MOST_NAMED
from goldenthread.runtime.slices import rotating_slice
from goldenthread.runtime.streams.position import START, Position
from goldenthread.runtime.streams.upstream import ChangedHeads, Upstream

Where = Callable[[Collection[str]], Awaitable[Mapping[str, Position]]]
"""How far these organizations are folded; `START` for one never seen."""


class HeadsWatch:
    """One upstream's heads against our positions. Not at the head on two polls, without having moved: to be repaired.

    An upstream restored from a backup has heads that moved *back*, and no token tells that: some organizations are
    asked for by name at every poll, and every `full_every`-th poll, the first, and the next after `ask_for_all` ask for
    all.
    """

    def __init__(
        self, upstream: Upstream, full_every: int, on_answer: Callable[[ChangedHeads], None] | None = None
    ) -> None:
        """`on_answer` is called with every answer before it is compared."""
        self._upstream = upstream
        self._on_answer = on_answer
        self._full_every = full_every
        self._polls = 0
        self._all = False
        self._token: str | None = None
        self._noted: dict[str, _Noted] = {}

    def ask_for_all(self) -> None:
        """More organizations are ours than at the last poll: what it left out is news to us."""
        self._all = True

    async def poll(self, owns: Callable[[str], bool], where: Where, names: Collection[str] = ()) -> list[str]:
        """Organizations of ours to repair. `names`: ours that are in memory, to be asked for by name."""
        full, self._all = self._all or self._polls % self._full_every == 0, False
        token = None if full else self._token
        named = [] if token is None else rotating_slice(sorted(names), self._polls, MOST_NAMED)
        try:
            answer = await self._upstream.heads(token, named)
            if self._on_answer is not None:
                self._on_answer(answer)
            found = {**dict.fromkeys(named, START), **answer.heads}
            heads = {organization: head for organization, head in found.items() if owns(organization)}
            earlier = {organization: head for organization, head in self._noted.items() if owns(organization)}
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
    """What the poll before found of an organization that was not at its head."""

    head: Position
    position: Position


def _stuck(position: Position, head: Position, noted: _Noted) -> bool:
    """Not moving, and behind where the head was a poll ago (a backlog that is being folded is no silence), or at or
    beyond a head that is another event. Who is beyond it and moves was only faster than the answer to this poll.
    """
    return position == noted.position and not noted.head.sequence <= position.sequence < head.sequence
