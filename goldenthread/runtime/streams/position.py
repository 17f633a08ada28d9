"""Where a consumer is in a stream, and the unit it moves by: a commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from goldenthread.contracts.envelope import Event


class Position(NamedTuple):
    """How far a consumer (or writer) is: sequence and id of the last event of its last whole commit. `START`: nothing
    yet.
    """

    sequence: int
    id: str | None


START = Position(0, None)

STALE = Position(-1, None)
"""The position of an organization that was folded by another version of the code: behind everything, even an empty
stream.
"""

GONE = Position(-2, None)
"""The end of the stream of an organization that was deleted, and the position of whoever has deleted all of it: nothing
of it is there, nor will be.
"""

Positions = Mapping[str, Position]
"""Source → position."""


class Commit(Struct, frozen=True):
    """The events of one transaction of an upstream, all of them, in order."""

    source: str
    events: tuple[Event, ...]

    @property
    def end(self) -> Position:
        """The position of a consumer that has folded this commit."""
        return Position(self.events[-1].sequence, self.events[-1].id)

    @property
    def basis(self) -> int:
        """The goals commit this one reflects; for a commit of goals, itself."""
        last = self.events[-1]
        return last.commit if last.basis is None else last.basis
