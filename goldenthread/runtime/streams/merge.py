"""In which order two streams are folded, so that the result depends on the streams and not on arrival.

The follower (alignment) reflects commits of the first stream (goals): its commit with basis B is folded after the
first stream's commit B. It has at most one commit per basis, in the order of their bases.

A *strict* merge is one total order: the follower's commit B comes directly after commit B of the first stream, so the
first stream waits until the follower is known to be complete up to there. Without `strict` the first stream never
waits (the gateway: a reader sees their own write), and the fold must give the same whichever of the two is ahead.
"""

from __future__ import annotations

from collections.abc import Mapping

from goldenthread.runtime.streams.position import Position, Positions
from goldenthread.runtime.streams.sequencer import Sequencer


class OutOfOrder(Exception):
    """A follower's commit came after the first stream had gone past its place: fold the organization again."""


class Merge:
    """Which stream's next commit is folded next."""

    def __init__(self, first: str, follower: str | None = None, *, strict: bool = True) -> None:
        self.first = first
        self.follower = follower
        self.strict = strict
        self.sources = (first,) if follower is None else (first, follower)

    def next(self, sequencers: Mapping[str, Sequencer], applied: Positions, through: Position | None) -> str | None:
        """The source whose next ready commit is due; None when nothing is, or what is must wait."""
        first = sequencers[self.first].ready
        if self.follower is None:
            return self.first if first else None
        follower = sequencers[self.follower].ready
        if follower and follower[0].basis <= applied[self.first].sequence:
            return self.follower
        if first and (not self.strict or bool(follower) or self._complete(sequencers, applied, through)):
            return self.first
        return None

    def check(self, basis: int, applied: Positions, before: Position | None) -> None:
        """Raise `OutOfOrder` for a follower's commit that a fresh fold would have put earlier.

        The follower had said there was none: it has been folded again since, by other code or on another branch.
        `before` is where the first stream was one commit ago, None when that is not known.
        """
        here = applied[self.first].sequence
        late = basis != here if before is None else basis <= before.sequence
        if self.strict and late:
            raise OutOfOrder(f"{self.follower} has a commit for {basis}, {self.first} is folded through {here}")

    def _complete(self, sequencers: Mapping[str, Sequencer], applied: Positions, through: Position | None) -> bool:
        """True when the follower has folded our branch of the first stream at least as far as we have."""
        here = applied[self.first]
        if here.sequence == 0:
            return True
        ahead = (commit.end for commit in reversed(sequencers[self.first].ready))
        return through is not None and (through == here or any(through == end for end in ahead))
