"""Puts the events of one stream in order: no duplicate, no hole, no half commit, no other branch."""

from __future__ import annotations

from collections import deque
from enum import Enum

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.streams.position import Commit, Position


class OfferOutcome(Enum):
    """What became of an event that was offered."""

    KEPT = "kept"
    DUPLICATE = "duplicate"
    GAP = "gap"
    """Something before it is missing: fetch it."""
    FORKED = "forked"
    """It does not follow what was received, or has the number of another event that was: one of the two is not of the
    upstream's stream. Ask the upstream.
    """


class Sequencer:
    """One stream from `complete` on. `ready` holds whole commits, in order, until they are folded."""

    def __init__(self, source: str, complete: Position, room: int, remembered: int) -> None:
        self.complete = complete
        """The end of the last whole commit received."""
        self.tail = complete
        """The last event received, perhaps within a commit."""
        self.ready: deque[Commit] = deque()
        self._source = source
        self._room = room
        self._incomplete: list[Event] = []
        self._early: dict[int, Event] = {}
        self._latest: deque[str] = deque([] if complete.id is None else [complete.id], maxlen=remembered)
        """Ids of the events up to `tail`."""
        self._ends: dict[int, str] = {} if complete.id is None else {complete.sequence: complete.id}
        """Ids of the last events of as many commits: one commit may have thousands of events."""
        self._remembered = remembered

    def offer(self, event: Event) -> OfferOutcome:
        """Take an event in if it is the next. Early ones wait (boundedly) for what is missing before them."""
        if event.sequence <= self.tail.sequence:
            known = self.id_at(event.sequence)
            return OfferOutcome.DUPLICATE if known in (None, event.id) else OfferOutcome.FORKED
        if self._is_early(event) or len(self.ready) >= self._room:
            if len(self._early) < self._room:
                self._early[event.sequence] = event
            return OfferOutcome.GAP
        if not self._follows(event):
            return OfferOutcome.FORKED
        self._keep(event)
        while self._early and (waiting := self._early.pop(self.tail.sequence + 1, None)) is not None:
            if not self._follows(waiting):
                self._early.clear()
                break
            self._keep(waiting)
        return OfferOutcome.KEPT

    def discard_incomplete(self, through: int = 0) -> None:
        """Drop what was received after the last whole commit, and early events up to `through`: the upstream's are the
        truth, these may be of a dead branch.
        """
        for _ in range(min(len(self._incomplete), len(self._latest))):
            self._latest.pop()
        if not self._latest and self.complete.id is not None:
            self._latest.append(self.complete.id)
        self._incomplete.clear()
        self.tail = self.complete
        self._early = {sequence: event for sequence, event in self._early.items() if sequence > through}

    def id_at(self, sequence: int) -> str | None:
        """The id of the event with this number; None where it is not remembered."""
        back = self.tail.sequence - sequence
        return self._latest[-1 - back] if 0 <= back < len(self._latest) else self._ends.get(sequence)

    def remembers(self, id: str) -> bool:
        """Whether the event with this id is among the latest."""
        return id in self._latest

    def remembers_commit(self, end: int) -> bool:
        """Whether the commit that ends with this number is among the latest with all its events."""
        before = max((sequence for sequence in self._ends if sequence < end), default=0)
        return before >= self.tail.sequence - len(self._latest)

    def _is_early(self, event: Event) -> bool:
        return event.sequence > self.tail.sequence + 1

    def _follows(self, event: Event) -> bool:
        same_commit = event.commit == self._incomplete[0].commit if self._incomplete else event.commit >= event.sequence
        return same_commit and event.previous == self.tail.id

    def _closes(self, event: Event) -> bool:
        return event.sequence == event.commit

    def _keep(self, event: Event) -> None:
        if self._early:
            self._early.pop(event.sequence, None)
        self._incomplete.append(event)
        self._latest.append(event.id)
        self.tail = Position(event.sequence, event.id)
        if self._closes(event):
            self.ready.append(Commit(self._source, tuple(self._incomplete)))
            self._incomplete.clear()
            self.complete = self.tail
            self._ends[event.sequence] = event.id
            if len(self._ends) > self._remembered:
                del self._ends[next(iter(self._ends))]
