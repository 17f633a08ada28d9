"""What a projection needs: the store it writes, the fold it runs. Its upstreams are in `runtime.streams.upstream`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from goldenthread.runtime.streams.position import Commit, Positions

S = TypeVar("S")
R = TypeVar("R")


class Conflict(Exception):
    """The guard of a save failed: the store no longer holds what this member read. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far an organization is folded, and by which version of the fold: what the guard of a save compares."""

    positions: Positions
    fold_version: int
    deleted: bool = False
    """The organization was deleted: this is its tombstone, and no save follows."""


@dataclass(frozen=True, slots=True)
class StoredState(Generic[S]):
    """An organization as the store holds it; without a state where what is stored cannot be read by this code."""

    checkpoint: Checkpoint
    state: S | None


@dataclass(frozen=True, slots=True)
class CommitOutput:
    """What folding one commit gave to publish. It is one commit of the consumer's own stream.

    Ids of what is published derive from (organization, source and id of `commit.end`, fold version, index): an upstream
    restored from a backup numbers its sequences again, its event ids never.
    """

    commit: Commit
    payloads: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Save(Generic[S]):
    """One transaction: positions, state and outbox together, or nothing.

    `expected` is what this member read (None: no row). With `fresh` the organization was folded again from the first
    event: its stored state and its own stream are replaced, not added to.
    """

    organization: str
    expected: Checkpoint | None
    checkpoint: Checkpoint
    state: S
    outputs: Sequence[CommitOutput] = field(default=())
    fresh: bool = False

    def prepared(self, rows: R) -> PreparedSave[R]:
        """The same, with `rows` in place of the state."""
        return PreparedSave(self.organization, self.expected, self.checkpoint, rows, self.outputs, self.fresh)


@dataclass(frozen=True, slots=True)
class PreparedSave(Generic[R]):
    """A save, ready to be written: `rows` is what it writes of the state, and no longer changes when the state does."""

    organization: str
    expected: Checkpoint | None
    checkpoint: Checkpoint
    rows: R
    outputs: Sequence[CommitOutput] = field(default=())
    fresh: bool = False


class Store(Protocol[S]):
    """Where a projection keeps organizations."""

    async def load(self, organization: str) -> StoredState[S] | None:
        """The organization, in one snapshot; a state of its own that the caller may change."""
        ...

    def prepare_save(self, save: Save[S]) -> PreparedSave[Any]:
        """What changed in the state since this was last called, to be saved while the state is folded further.

        What is prepared counts as saved from then on: when it is not, the state is dropped. Touches nothing but the
        state, and may be called in a thread.
        """
        ...

    async def save(self, prepared: PreparedSave[Any]) -> None:
        """Write in one transaction, or raise: `Conflict` when the store does not hold `expected` (ids included)."""
        ...

    async def delete(self, organization: str) -> None:
        """Put a tombstone in the place of an organization: from now on it has no state, every save raises `Conflict`,
        and its checkpoint says that it is deleted. Its rows may be deleted later. To be repeated, it changes nothing.
        """
        ...

    async def checkpoints(self, organizations: Collection[str]) -> Mapping[str, Checkpoint]:
        """How far each of these is; unknown ones are left out."""
        ...


class Fold(Protocol[S]):
    """What a consumer makes of events. Pure: the same commits in the same order give the same state and payloads."""

    version: int
    """Raised whenever the code makes something else of the same events; organizations are then folded again."""

    def new(self, organization: str) -> S:
        """The state before the first event."""
        ...

    def apply(self, state: S, commit: Commit) -> Sequence[Any]:
        """Fold one commit into `state`; the payloads to publish. Whatever it raises quarantines the organization.

        Called in a thread when the state is heavy, never twice at once for the same state.
        """
        ...

    def weight(self, state: S) -> int:
        """How much there is of it: roughly the things held, counted in no time."""
        ...
