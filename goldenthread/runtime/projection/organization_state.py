"""One organization in memory: its state, how far it is folded, what waits to be folded or saved."""

from __future__ import annotations

import asyncio
from typing import Generic

from goldenthread.runtime.projection.protocols import Checkpoint, CommitOutput, Fold, S, Save, StoredState
from goldenthread.runtime.projection.quarantine import Poison
from goldenthread.runtime.streams.merge import Merge
from goldenthread.runtime.streams.organization_streams import OrganizationStreams
from goldenthread.runtime.streams.position import Commit, Position


class OrganizationState(Generic[S]):
    """The state of one organization in memory, with its streams and whatever of it is not saved yet.

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
        self.deleted = loaded is not None and loaded.checkpoint.deleted
        """The store has a tombstone: nothing is folded, and nothing saved."""
        if loaded is not None and loaded.state is not None and loaded.checkpoint.fold_version == fold.version:
            self._start(loaded.state, dict(loaded.checkpoint.positions), fresh=False)
        else:
            self._start(fold.new(organization), {}, fresh=loaded is not None and not self.deleted)

    def _start(self, state: S, positions: dict[str, Position], *, fresh: bool) -> None:
        self.folded = state
        self.fresh = fresh
        self.halted: Commit | None = None
        self.streams = OrganizationStreams(self._merge, positions, self._room)
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
        return self.halted is None and self.streams.waiting

    @property
    def idle(self) -> bool:
        """Nothing is lost but time when this state is evicted."""
        saving = self.current_save is not None or self.next_save is not None
        return not (saving or self.dirty or self.streams.needs_repair or self.stalled)

    @property
    def dirty(self) -> bool:
        """Something of it is in no prepared save yet."""
        return self._moved or self.fresh

    @property
    def stored_checkpoint(self) -> Checkpoint | None:
        """Where the store is, as far as this state knows."""
        return self._stored_checkpoint

    def fold(self) -> int:
        """Fold every commit that is due; how many. Raises `Poison` or `OutOfOrder`: then it must be dropped."""
        count = 0
        while (commit := self.streams.due()) is not None:
            if commit.end == self.halt:
                self.halted = commit
                break
            self._apply(commit)
            count += 1
        self.ahead += count
        self.weight = self._fold.weight(self.folded)
        return count

    def _apply(self, commit: Commit) -> None:
        try:
            payloads = self._fold.apply(self.folded, commit)
        except Exception as error:
            position = self.streams.applied[commit.source]
            raise Poison(commit.source, position, commit.end, f"{type(error).__name__}: {error}") from error
        if payloads:
            self._outputs.append(CommitOutput(commit, payloads))
        self.streams.advance(commit)
        self._moved = True

    def unsaved(self) -> Save[S] | None:
        """The transaction that brings the store up to here; None when it is there."""
        if not self.dirty:
            return None
        checkpoint = Checkpoint(dict(self.streams.applied), self._fold.version)
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
