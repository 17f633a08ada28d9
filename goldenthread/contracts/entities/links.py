"""Links between goals, and the rounds in which they were agreed."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities.ids import Id
from goldenthread.contracts.enums import Kept, LinkKind, LinkState, Side


class LinkRound(Struct, frozen=True):
    """One turn of the conversation about a link, kept for both sides to read."""

    round: int
    unit: Id | None
    by: Id | None
    because: str | None
    in_return: str | None
    at: datetime


class Link(Struct, frozen=True):
    """A child's two-sided link up to a parent.

    `because_version` is the version of the parent that `because` was written or reaffirmed against; None without a
    because, and once the link was moved to a successor, or to or from a copy with another text. `accepted_order` is the
    goals sequence of the event that accepted it: the smallest is the oldest, in every process and after every reload.
    `measure` marks the structural hop of a key result to what it measures: always accepted and explained, never
    withdrawn. `turn` is the side whose move it is while PROPOSED or COUNTERED. `source` names the import that states
    it.
    """

    id: Id
    child: Id
    parent: Id
    kind: LinkKind
    state: LinkState
    round: int
    rounds: list[LinkRound]
    proposed_at: datetime
    proposed_by: Id | None = None
    weight: float | None = None
    because: str | None = None
    because_version: int | None = None
    in_return: str | None = None
    measure: bool = False
    accepted_order: int | None = None
    decided_by: Id | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    turn: Side | None = None
    due_at: datetime | None = None
    kept: Kept | None = None
    source: str | None = None
