"""The streams of one organization as they were received: which commit is folded next, and what is missing before it."""

from __future__ import annotations

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.streams.merge import Merge
from goldenthread.runtime.streams.position import START, Commit, Position, Positions
from goldenthread.runtime.streams.sequencer import OfferOutcome, Sequencer
from goldenthread.runtime.streams.upstream import Page

_TO_REPAIR = (OfferOutcome.GAP, OfferOutcome.FORKED)


class BrokenPage(Exception):
    """A page of an upstream does not continue itself after `position`: its stream has a hole, or two branches."""

    def __init__(self, source: str, position: Position, reason: str) -> None:
        super().__init__(f"{source} after {position.sequence}: {reason}")
        self.source, self.position, self.reason = source, position, reason


class OrganizationStreams:
    """How far the streams of one organization are folded (`applied`), and what was received after that.

    Knows no state, no store and no lock. Its owner folds what is `due`, one commit after the other, and says so
    (`advance`). So no commit is folded twice, none is left out, none is half, and a follower's comes after its basis.
    """

    def __init__(self, merge: Merge, positions: Positions, room: int, remembered: int = 16) -> None:
        """`room`: commits, and early events, of a stream that wait at most. `remembered`: its latest events, by whose
        ids another branch is recognized at once; a branch that differs earlier is recognized by the heads of the
        upstream.
        """
        self.applied = {source: positions.get(source, START) for source in merge.sources}
        self.sequencers = {source: Sequencer(source, at, room, remembered) for source, at in self.applied.items()}
        self.needs_repair = False
        """A gap or another branch was seen: the upstream must be asked."""
        self._merge = merge
        self._room = room
        self._through: dict[str, Position] = {}
        """Of followers: the commit of the first stream up to which all their commits are known."""
        self._before: Position | None = START if self.applied[merge.first] == START else None
        """Where the first stream was one commit ago, None where that is not known."""

    @property
    def waiting(self) -> bool:
        """Whole commits were received that are not folded. After `due` gave None, they wait for another stream."""
        return any(sequencer.ready for sequencer in self.sequencers.values())

    def waits(self, source: str) -> bool:
        """The same of one stream."""
        return bool(self.sequencers[source].ready)

    def id_at(self, source: str, sequence: int) -> str | None:
        """The id of an event that was received; None where it was not, or is not remembered."""
        return self.sequencers[source].id_at(sequence)

    def received(self, source: str) -> Position:
        """The end of the last whole commit received, be it folded or waiting."""
        return self.sequencers[source].complete

    def unfolded(self, source: str) -> list[Event]:
        """The events of the whole commits that wait to be folded."""
        return [event for commit in self.sequencers[source].ready for event in commit.events]

    def full(self, source: str) -> bool:
        """As many commits wait as may: the next are taken in when some of these are folded."""
        return len(self.sequencers[source].ready) >= self._room

    def offer(self, source: str, event: Event | None) -> OfferOutcome:
        """Take one event in; None, for a record that cannot be decoded, counts as a gap."""
        outcome = self.sequencers[source].offer(event) if event is not None else OfferOutcome.GAP
        if outcome in _TO_REPAIR:
            self.needs_repair = True
        return outcome

    @staticmethod
    def continues(after: Position, page: Page) -> bool:
        """Does the upstream's stream go on from `after`? If not, it was restored, or we followed a dead branch."""
        if page.events:
            return page.events[0].sequence == after.sequence + 1 and page.events[0].previous == after.id
        return page.head == after or page.head.sequence > after.sequence

    def take(self, source: str, after: Position, page: Page) -> None:
        """Take in a page that continues the stream after `after`. Raises `BrokenPage` where the page has a hole."""
        sequencer = self.sequencers[source]
        received_meanwhile = sequencer.complete != after
        if not received_meanwhile:
            sequencer.discard_incomplete(page.events[-1].sequence if page.events else 0)
        for event in page.events:
            before = sequencer.tail
            outcome = sequencer.offer(event)
            if outcome is OfferOutcome.FORKED or (outcome is OfferOutcome.GAP and len(sequencer.ready) < self._room):
                if received_meanwhile:
                    sequencer.discard_incomplete()
                    return
                raise BrokenPage(source, before, f"the upstream's stream breaks at {event.sequence} ({event.id})")
        if sequencer.complete.sequence >= page.head.sequence:
            self._through[source] = page.through or START

    def due(self) -> Commit | None:
        """The commit to fold next; None when nothing is here, or what is here must wait for another stream.

        Raises `OutOfOrder` when it should have been folded earlier.
        """
        source = self._merge.next(self.sequencers, self.applied, self._through)
        if source is None:
            return None
        commit = self.sequencers[source].ready[0]
        self._merge.check(commit, self.applied, self._before)
        return commit

    def advance(self, commit: Commit) -> None:
        """The commit that was due is folded."""
        source, first = commit.source, self._merge.first
        if source == first:
            self._before = self.applied[first]
        elif commit.basis == self.applied[first].sequence:
            self._through[source] = self.applied[first]
        self.applied[source] = commit.end
        self.sequencers[source].ready.popleft()
