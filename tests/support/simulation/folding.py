"""A fold that remembers everything: order, boundaries and every event id go into its state and its output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from goldenthread.runtime.projection import START, Commit, Position
from tests.support.simulation.streams import Poison, Stream, digest


@dataclass
class State:
    """`rows` is what a database would hold, `dirty` what of it is not written yet."""

    chain: str = ""
    rows: dict[str, str] = field(default_factory=dict)
    dirty: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """What is written of a state."""

    chain: str
    rows: dict[str, str]


def prepare_rows(state: State) -> Rows:
    made = Rows(state.chain, state.dirty)
    state.dirty = {}
    return made


class ChainFold:
    """Each commit puts a link on the chain, changes one row and publishes none, one or two payloads."""

    def __init__(self, version: int) -> None:
        self.version = version

    def can(self, commit: Commit) -> bool:
        """Only code that was written after a poisonous event can fold it."""
        return all(not isinstance(each.data, Poison) or each.data.cured_by <= self.version for each in commit.events)

    def new(self, organization: str) -> State:
        return State(chain=digest(organization, self.version))

    def apply(self, state: State, commit: Commit) -> Sequence[str]:
        if not self.can(commit):
            state.chain = "half done"
            raise ValueError("this code cannot fold it")
        state.chain = digest(state.chain, commit.source, [event.id for event in commit.events])
        number = int(state.chain, 16)
        state.rows[f"row{number % 5}"] = state.dirty[f"row{number % 5}"] = state.chain
        return [f"{state.chain}-{index}" for index in range(number // 5 % 3)]

    def weight(self, state: State) -> int:
        return len(state.rows)


def output_ids(commit: Commit, version: int, payloads: Sequence[str]) -> list[tuple[str, object]]:
    """Ids from what does not change when it is computed again, and does when an upstream forks or the code moves."""
    return [(digest(commit.source, commit.end.id, version, index), payload) for index, payload in enumerate(payloads)]


def fresh_fold(
    own: str, organization: str, version: int, streams: Sequence[Stream]
) -> tuple[State, Stream, dict[str, Position]]:
    """What anybody who folds these streams from the first event must get: written from the rules, not from the code.

    Two streams: each commit of the follower comes directly after the first stream's commit it reflects. At a commit
    that cannot be folded it stops; nothing is skipped.
    """
    fold = ChainFold(version)
    state, out = fold.new(organization), Stream(own, organization)
    ordered = [(commit.basis, rank, commit) for rank, stream in enumerate(streams) for commit in stream.commits()]
    at = {stream.source: START for stream in streams}
    for basis, _, commit in sorted(ordered, key=lambda each: each[:2]):
        if not fold.can(commit):
            break
        at[commit.source] = commit.end
        payloads = fold.apply(state, commit)
        if payloads:
            out.append(output_ids(commit, version, payloads), basis)
    state.dirty = {}
    return state, out, at
