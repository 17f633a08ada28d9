"""Noticing silence: what an upstream has written and we have not folded, by asking it every few seconds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from goldenthread.contracts.read_api import MOST_NAMED
from goldenthread.runtime.clock import Clock, age_of, utc_now
from goldenthread.runtime.slices import rotating_slice
from goldenthread.runtime.streams.heads_round import HEADS_LIMITS, HeadsLimits, HeadsRound
from goldenthread.runtime.streams.lag import BehindHead, FoldedPlaces, Lag, LagOfPoll
from goldenthread.runtime.streams.position import STALE, START, Position
from goldenthread.runtime.streams.upstream import ChangedHeads, HeadsPage, Upstream

Where = Callable[[Collection[str]], Awaitable[Mapping[str, Position]]]
"""How far these organizations are folded; `START` for one never seen."""


class HeadsWatch:
    """One upstream's heads against our positions. Not at the head on two polls, without having moved: to be repaired.

    Every poll asks for the heads that changed, and by name for those of organizations that are in memory or were
    behind: an upstream restored from a backup has heads that moved *back*, and no token tells that. For the same reason
    all heads are read in rounds, page by page (`HeadsRound`): one begins every `full_every`-th poll unless one is under
    way, at the first poll, and at the next after `ask_for_all`; no round at all with `full_every` None, where all that
    matters is in memory.
    """

    def __init__(
        self,
        upstream: Upstream,
        full_every: int | None,
        on_answer: Callable[[ChangedHeads], None] | None = None,
        folded: FoldedPlaces | None = None,
        now: Clock = utc_now,
        limits: HeadsLimits = HEADS_LIMITS,
    ) -> None:
        """`on_answer` is called with every answer before it is compared. `folded` is asked for the `lag`."""
        self._upstream, self._folded, self._now = upstream, folded, now
        self._answered = now()
        self._on_answer = on_answer
        self._full_every = full_every
        self._limits = limits
        self._polls = 0
        self._round = HeadsRound()
        self._token: str | None = None
        self._noted: dict[str, BehindHead] = {}
        """Organizations of ours that were not at their head when they were compared last."""
        self._lag = LagOfPoll()

    @property
    def lag(self) -> Lag:
        """How far the consumer is now behind the heads of the last poll that succeeded; none where it is not asked."""
        return self._lag.now(self._now)

    @property
    def answer_age(self) -> float:
        """Seconds since a poll succeeded, or since there is none; `lag` is as old as that."""
        return age_of(self._answered, self._now)

    @property
    def reads_all(self) -> bool:
        """Whether a round is under way, and some organizations have not been compared in it."""
        return self._round.under_way

    def ask_for_all(self) -> None:
        """More organizations are ours than at the last poll: what it left out is news to us."""
        self._round.ask()

    async def poll(self, owns: Callable[[str], bool], where: Where, names: Collection[str] = ()) -> list[str]:
        """Organizations of ours to repair. `names`: ours that are in memory, to be asked for by name."""
        if self._full_every is not None:
            self._round.begin(self._polls % self._full_every == 0)
        lagging = await self._read_changes(owns, where, names)
        await self._read_all(owns, where)
        self._polls += 1
        self._answered = self._now()
        self._lag = LagOfPoll(self._folded, self._noted)
        return lagging

    async def _read_changes(self, owns: Callable[[str], bool], where: Where, names: Collection[str]) -> list[str]:
        """Read what changed, and compare what was noted by earlier polls again."""
        since = self._token
        if since is None and self._round.under_way:
            return []  # the first page of all heads has the first token
        lagging = None
        named = [] if since is None else rotating_slice(sorted({*names, *self._noted}), self._polls, MOST_NAMED)
        places, clipped = self._places(), False
        for _ in range(self._limits.hurried_pages):
            answer = await self._ask(since, named, places, 0 if since is None else self._room)
            found = {**dict.fromkeys(named, START), **answer.heads}
            if lagging is None:
                lagging = await self._compare(found, answer, owns, where)
            else:
                await self._note(found, answer, owns, where)
            if not clipped:
                self._token = answer.token
            if since is None or answer.next is None or not self._room:
                break
            clipped = clipped or answer.token != answer.next  # the next poll goes on from here, whatever follows
            since, named, places = answer.next, [], None
        return lagging or []

    async def _read_all(self, owns: Callable[[str], bool], where: Where) -> None:
        """Read the next pages of a round."""
        pages = self._limits.hurried_pages if self._round.hurried else self._limits.pages
        while self._round.under_way and pages and self._room:
            answer = await self._ask(None, (), None, self._room)
            await self._note(answer.heads, answer, owns, where)
            self._round.read(answer.next)
            self._token = self._token or answer.token
            pages -= 1

    @property
    def _room(self) -> int:
        """Heads that may be asked for now: none of these may be at its head, and each is then noted."""
        return max(0, min(self._limits.page, self._limits.behind - len(self._noted)))

    async def _ask(
        self, since: str | None, named: Collection[str], places: Mapping[str, int] | None, limit: int
    ) -> ChangedHeads:
        page = HeadsPage(limit, self._round.behind if since is None else "")
        answer = await self._upstream.heads(since, named, places, page)
        if self._on_answer is not None:
            self._on_answer(answer)
        return answer

    async def _compare(
        self, found: Mapping[str, Position], answer: ChangedHeads, owns: Callable[[str], bool], where: Where
    ) -> list[str]:
        """Compare heads, and everything that was noted. The organizations that were noted and have not moved since."""
        heads = {organization: head for organization, head in found.items() if owns(organization)}
        earlier = {organization: head for organization, head in self._noted.items() if owns(organization)}
        positions = await where(list({**heads, **earlier}))
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
        self._noted = behind
        return lagging

    async def _note(
        self, found: Mapping[str, Position], answer: ChangedHeads, owns: Callable[[str], bool], where: Where
    ) -> None:
        """Compare heads of the same poll: whether somebody has moved is seen by the next."""
        heads = {organization: head for organization, head in found.items() if owns(organization)}
        for organization, position in (await where(list(heads)) if heads else {}).items():
            noted = self._noted.pop(organization, None)
            if position != (head := heads[organization]):
                self._noted[organization] = self._behind(organization, head, position, noted, answer)

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
