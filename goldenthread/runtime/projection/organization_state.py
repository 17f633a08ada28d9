"""One organization in memory: its state, how far it is folded, what waits to be folded or saved."""

from __future__ import annotations

import asyncio
from typing import Generic

from goldenthread.runtime.projection.protocols import Checkpoint, CommitOutput, Fold, S, Save, StoredState
from goldenthread.runtime.projection.quarantine import Poison
from goldenthread.runtime.streams.merge import Merge
from goldenthread.runtime.streams.position import START, Commit, Position
from goldenthread.runtime.streams.sequencer import OfferOutcome, Sequencer
from goldenthread.runtime.streams.upstream import Page, Record


class OrganizationState(Generic[S]):
    """The state of one organization in memory, with its sequencers and whatever of it is not saved yet.

    Touched only under the lock of `StateCache.hold`; dropped whenever what it holds may differ from the store.
    """

    def __init__(
        self, organization: str, loaded: StoredState[S] | None, fold: Fold[S], merge: Merge, room: int
    ) -> None:
        self.organization = organization
        self.halt: Position | None = None
        """The end of a commit known to raise: everything before it is folded, it is not."""
        self.current_save: asyncio.Future[bool] | None = None
        """The transaction under way: True when it has succeeded. Set and awaited by `PipelinedSaver`."""
        self.next_save: asyncio.Future[bool] | None = None
        """The transaction after that, which takes along whatever is folded until it begins."""
        self.save_failed = False
        """A transaction failed: what is here is not in the store, and will not be."""
        self._fold = fold
        self._merge = merge
        self._room = room
        self._stored_checkpoint = loaded.checkpoint if loaded else None
        if loaded is not None and loaded.state is not None and loaded.checkpoint.fold_version == fold.version:
            self._start(loaded.state, dict(loaded.checkpoint.positions), fresh=False)
        else:
            self._start(fold.new(organization), {}, fresh=loaded is not None)

    def _start(self, state: S, positions: dict[str, Position], *, fresh: bool) -> None:
        self.folded = state
        self.fresh = fresh
        self.behind = False
        """A gap or another branch was seen: the upstream must be asked."""
        self.halted: Commit | None = None
        self.applied = {source: positions.get(source, START) for source in self._merge.sources}
        self.sequencers = {source: Sequencer(source, at, self._room) for source, at in self.applied.items()}
        self._through: Position | None = None
        self._before: Position | None = START if self.applied[self._merge.first] == START else None
        self._outputs: list[CommitOutput] = []
        self._moved = False
        self.ahead = 0
        """Commits folded whose save is not yet prepared."""
        self.weight = self._fold.weight(state)
        """What `folded` weighed when it was last folded."""

    def rebuild(self) -> None:
        """Fold again from the first event; the store is replaced by the next save.

        That is when all of it is folded: nobody waits any more for what was folded ahead of the store.
        """
        if self.next_save is not None:
            self.next_save.set_result(False)
            self.next_save = None
        self._start(self._fold.new(self.organization), {}, fresh=True)

    @property
    def stalled(self) -> bool:
        """Whole commits were received and none of them is due: another stream must come first."""
        return self.halted is None and any(sequencer.ready for sequencer in self.sequencers.values())

    @property
    def idle(self) -> bool:
        """Nothing is lost but time when this state is evicted."""
        saving = self.current_save is not None or self.next_save is not None
        return not (saving or self.dirty or self.behind or self.stalled)

    @property
    def dirty(self) -> bool:
        """Something of it is in no prepared save yet."""
        return self._moved or self.fresh

    @property
    def stored_checkpoint(self) -> Checkpoint | None:
        """Where the store is, as far as this state knows."""
        return self._stored_checkpoint

    def offer(self, record: Record) -> OfferOutcome:
        """Take one record in; a record that is no event counts as a gap."""
        outcome = self.sequencers[record.source].offer(record.event) if record.event else OfferOutcome.GAP
        if outcome in (OfferOutcome.GAP, OfferOutcome.FORKED):
            self.behind = True
        return outcome

    @staticmethod
    def continues(asked: Position, page: Page) -> bool:
        """Does the upstream's stream go on from `asked`? If not, it was restored, or we followed a dead branch."""
        if page.events:
            return page.events[0].sequence == asked.sequence + 1 and page.events[0].previous == asked.id
        return page.head == asked or page.head.sequence > asked.sequence

    def take(self, source: str, asked: Position, page: Page) -> None:
        """Take in a page that continues `asked`. Raises `Poison` when the page does not continue itself."""
        sequencer = self.sequencers[source]
        moved_on = sequencer.complete != asked
        if not moved_on:
            sequencer.discard_incomplete(page.events[-1].sequence if page.events else 0)
        for event in page.events:
            before = sequencer.tail
            outcome = sequencer.offer(event)
            if outcome is OfferOutcome.FORKED or (outcome is OfferOutcome.GAP and len(sequencer.ready) < self._room):
                if moved_on:
                    sequencer.discard_incomplete()
                    return
                raise Poison(source, before, None, f"the producer's stream breaks at {event.sequence} ({event.id})")
        if source == self._merge.follower and sequencer.complete.sequence >= page.head.sequence:
            self._through = page.through

    def fold(self) -> int:
        """Fold every commit that is due; how many. Raises `Poison` or `OutOfOrder`: then it must be dropped."""
        count = 0
        while (source := self._merge.next(self.sequencers, self.applied, self._through)) is not None:
            commit = self.sequencers[source].ready[0]
            if commit.end == self.halt:
                self.halted = commit
                break
            if source == self._merge.follower:
                self._merge.check(commit.basis, self.applied, self._before)
            self._apply(source, commit)
            self.sequencers[source].ready.popleft()
            count += 1
        self.ahead += count
        self.weight = self._fold.weight(self.folded)
        return count

    def _apply(self, source: str, commit: Commit) -> None:
        try:
            payloads = self._fold.apply(self.folded, commit)
        except Exception as error:
            raise Poison(source, self.applied[source], commit.end, f"{type(error).__name__}: {error}") from error
        if payloads:
            self._outputs.append(CommitOutput(commit, payloads))
        if source == self._merge.first:
            self._before = self.applied[source]
        elif commit.basis == self.applied[self._merge.first].sequence:
            self._through = self.applied[self._merge.first]
        self.applied[source] = commit.end
        self._moved = True

    def unsaved(self) -> Save[S] | None:
        """The transaction that brings the store up to here; None when it is there."""
        if not self.dirty:
            return None
        checkpoint = Checkpoint(dict(self.applied), self._fold.version)
        return Save(
            self.organization, self._stored_checkpoint, checkpoint, self.folded, tuple(self._outputs), self.fresh
        )

    def mark_prepared(self) -> None:
        """The save that `unsaved` gave is prepared: from now on only what comes after it is unsaved."""
        self._outputs = []
        self._moved = self.fresh = False
        self.ahead = 0

    def saved(self, checkpoint: Checkpoint) -> None:
        """The store is at `checkpoint`."""
        self._stored_checkpoint = checkpoint
