"""How far a consumer is behind the streams that it follows: events that are known and not folded, and since when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from goldenthread.runtime.clock import Clock, age_of, utc_now
from goldenthread.runtime.streams.position import GONE, Position


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


def lag_of(found: Iterable[tuple[int, BehindHead]], now: Clock = utc_now) -> Lag:
    """The lag of organizations, each with the number of events that are not folded."""
    waiting = [(pending, behind.since) for pending, behind in found if pending]
    if not waiting:
        return Lag()
    return Lag(sum(pending for pending, _ in waiting), age_of(min(since for _, since in waiting), now))
