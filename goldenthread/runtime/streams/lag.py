"""How far a consumer is behind the streams that it follows: events that are known and not folded, and since when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from goldenthread.runtime.clock import Clock, age_of, utc_now
from goldenthread.runtime.streams.position import GONE, Position

MOST_LOOKED_UP = 5_000
"""Organizations that are looked up when the metrics are read; the others have the numbers of the last poll."""


class BehindHead(NamedTuple):
    """An organization that was not at its head when the heads were read last.

    `since` is when the first event after `position` was written, or when it was first noticed that there is one.
    `again`: it is folded again from its first event, which is old and was folded before: that is no reason for an age.
    """

    head: Position
    position: Position
    since: datetime
    again: bool = False


class Lag(NamedTuple):
    """Events that are known and not folded, and seconds since the oldest of them was written."""

    revisions: int = 0
    seconds: float = 0.0


class FoldedPlaces:
    """How far a consumer is now, of one stream.

    `owns`: whether it folds an organization; `place`: where it is, None where that is not in memory.
    `again`: whether it is being folded again from its first event.
    """

    def __init__(
        self,
        owns: Callable[[str], bool],
        place: Callable[[str], Position | None],
        again: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.owns, self.place, self.again = owns, place, again

    def pending(self, organization: str, behind: BehindHead) -> int:
        """Events up to the head that are not folded now; 0 for an organization that is not folded here any more."""
        if not self.owns(organization):
            return 0
        place = self.place(organization) or behind.position
        if GONE in (place, behind.head):
            return 0 if place == behind.head else 1  # what is to be done is its deletion
        return max(0, behind.head.sequence - max(0, place.sequence))


class LagOfPoll:
    """The lag of the organizations that a poll found behind.

    What is folded since then is looked up for some of them: to look up a million takes the event loop for seconds.
    """

    def __init__(self, folded: FoldedPlaces | None = None, behind: Mapping[str, BehindHead] | None = None) -> None:
        found = iter((behind or {}).items()) if folded is not None else iter(())
        self.looked_up = dict(islice(found, MOST_LOOKED_UP))
        self._folded = folded
        self._others, self._others_since = 0, datetime.max.replace(tzinfo=UTC)
        for organization, each in found:
            if folded is not None and (pending := folded.pending(organization, each)):
                self._others += pending
                self._others_since = min(self._others_since, each.since)

    def now(self, now: Clock = utc_now) -> Lag:
        """The lag now: nothing of what was folded counts, of those that are looked up."""
        events, since = self._others, self._others_since
        for organization, each in self.looked_up.items():
            if self._folded is not None and (pending := self._folded.pending(organization, each)):
                events += pending
                since = min(since, each.since)
        return Lag(events, age_of(since, now)) if events else Lag()
