"""In which order the streams of an organization are folded: the result depends on the streams and not on arrival.

The followers (alignment, notifications) reflect commits of the first stream (goals): a follower's commit with basis B
is folded after the first stream's commit B. A follower's commits are in the order of their bases; where the merge is
strict, it has at most one for each basis.

A *strict* merge is one total order: the followers' commits B come directly after commit B of the first stream, in the
order of the followers. So the first stream waits until each follower is known to be complete up to there. Without
`strict` nobody waits but for a basis (the gateway: a reader sees their own write), and the fold must give the same
whichever stream is ahead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from goldenthread.runtime.streams.position import START, Commit, Position, Positions
from goldenthread.runtime.streams.sequencer import Sequencer


class OutOfOrder(Exception):
    """A follower's commit came after the first stream had gone past its place: fold the organization again."""


class Merge:
    """Which stream's next commit is folded next."""

    def __init__(self, first: str, followers: Sequence[str] = (), *, strict: bool = True) -> None:
        self.first = first
        self.followers = tuple(followers)
        self.strict = strict
        self.sources = (first, *self.followers)

    def next(
        self, sequencers: Mapping[str, Sequencer], applied: Positions, through: Mapping[str, Position]
    ) -> str | None:
        """The source whose next ready commit is due; None when nothing is, or what is must wait.

        `through`: of followers, the commit of the first stream up to which all their commits are known.
        """
        for follower in self.followers:
            ready = sequencers[follower].ready
            if ready and ready[0].basis <= applied[self.first].sequence:
                return follower
            if self.strict and not ready and not self._complete(sequencers, applied, through.get(follower, START)):
                return None
        return self.first if sequencers[self.first].ready else None

    def check(self, commit: Commit, applied: Positions, before: Position | None) -> None:
        """Raise `OutOfOrder` for a follower's commit that a fresh fold would have put earlier.

        The follower had said there was none: it has been folded again since, by other code or on another branch.
        `before` is where the first stream was one commit ago, None when that is not known.
        """
        if not self.strict or commit.source == self.first:
            return
        here = applied[self.first].sequence
        late = commit.basis != here if before is None else commit.basis <= before.sequence
        if late:
            raise OutOfOrder(f"{commit.source} has a commit for {commit.basis}, {self.first} is folded through {here}")

    def _complete(self, sequencers: Mapping[str, Sequencer], applied: Positions, through: Position) -> bool:
        """True when a follower has folded our branch of the first stream at least as far as we have."""
        here = applied[self.first]
        if here.sequence == 0:
            return True
        ahead = (commit.end for commit in reversed(sequencers[self.first].ready))
        return through == here or any(through == end for end in ahead)
