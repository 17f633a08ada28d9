"""Noticing silence: what an upstream has written and we have not folded, by asking it every few seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from goldenthread.contracts.read_api import MOST_NAMED
from goldenthread.runtime.clock import Clock, age_of, utc_now
from goldenthread.runtime.slices import rotating_slice
from goldenthread.runtime.streams.lag import BehindHead, FoldedPlaces, Lag, LagOfPoll
from goldenthread.runtime.streams.position import STALE, START, Position
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
        self,
        upstream: Upstream,
        full_every: int,
        on_answer: Callable[[ChangedHeads], None] | None = None,
        folded: FoldedPlaces | None = None,
        now: Clock = utc_now,
    ) -> None:
        """`on_answer` is called with every answer before it is compared. `folded` is asked for the `lag`."""
        self._upstream, self._folded, self._now = upstream, folded, now
        self._answered = now()
        self._on_answer = on_answer
        self._full_every = full_every
        self._polls = 0
        self._all = False
        self._token: str | None = None
        self._noted: dict[str, BehindHead] = {}
        self._lag = LagOfPoll()

    @property
    def lag(self) -> Lag:
        """How far the consumer is now behind the heads of the last poll that succeeded; none where it is not asked."""
        return self._lag.now(self._now)

    @property
    def answer_age(self) -> float:
        """Seconds since a poll succeeded, or since there is none; `lag` is as old as that."""
        return age_of(self._answered, self._now)

    def ask_for_all(self) -> None:
        """More organizations are ours than at the last poll: what it left out is news to us."""
        self._all = True

    async def poll(self, owns: Callable[[str], bool], where: Where, names: Collection[str] = ()) -> list[str]:
        """Organizations of ours to repair. `names`: ours that are in memory, to be asked for by name."""
        full, self._all = self._all or self._polls % self._full_every == 0, False
        token = None if full else self._token
        named = [] if token is None else rotating_slice(sorted(names), self._polls, MOST_NAMED)
        try:
            answer = await self._upstream.heads(token, named, self._places())
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
        self._answered = self._now()
        behind: dict[str, BehindHead] = {}
        lagging = []
        for organization, position in positions.items():
            noted = earlier.get(organization)
            head = heads.get(organization, noted.head if noted else None)
            if head is None or position == head:
                continue
            behind[organization] = self._behind(organization, head, position, noted, answer)
            if noted is not None and _stuck(position, head, noted):
                lagging.append(organization)
        self._noted, self._lag = behind, LagOfPoll(self._folded, behind)
        return lagging

    def _behind(
        self, organization: str, head: Position, position: Position, noted: BehindHead | None, answer: ChangedHeads
    ) -> BehindHead:
        again = position == STALE or (noted is not None and noted.again)
        if again or (self._folded is not None and self._folded.again(organization)):
            return BehindHead(head, position, noted.since if noted else self._now(), True)
        since = answer.written.get(organization) or (noted.since if noted else self._now())
        return BehindHead(head, position, since)

    def _places(self) -> dict[str, int] | None:
        """The places of organizations that are still behind: the upstream says when what comes next was written."""
        if self._folded is None or not self._noted:
            return None
        behind = {each: noted for each, noted in self._lag.looked_up.items() if not noted.again}
        asked = [each for each in sorted(behind) if self._folded.pending(each, behind[each])]
        some = rotating_slice(asked, self._polls, MOST_NAMED)
        return {each: max(0, (self._folded.place(each) or behind[each].position).sequence) for each in some} or None


def _stuck(position: Position, head: Position, noted: BehindHead) -> bool:
    """Not moving, and behind where the head was a poll ago (a backlog that is being folded is no silence), or at or
    beyond a head that is another event. Who is beyond it and moves was only faster than the answer to this poll.
    """
    return position == noted.position and not noted.head.sequence <= position.sequence < head.sequence
