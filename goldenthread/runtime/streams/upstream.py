"""The two sources of a stream: the records of its topic, and pages and heads of the upstream that writes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from msgspec import Struct

from goldenthread.contracts.envelope import Event
from goldenthread.runtime.streams.position import Position


class Record(Struct, frozen=True):
    """One record of a topic: who it is about (its key) and the event, or why it is none (with the original bytes)."""

    source: str
    organization: str
    event: Event | None
    value: bytes = b""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What an upstream holds of one stream after a position, read in one snapshot.

    `events` are whole commits, at least one when there is any. `head` is the end of the stream. `through` (of an
    upstream that itself folds goals) is the goals commit it has folded: every event up to that basis is at or before
    `head`.
    """

    events: Sequence[Event]
    head: Position
    through: Position | None = None


class HeadsPage(NamedTuple):
    """How much of an answer is wanted: `limit` heads that changed, those that changed first; or, of all heads, so many
    by the order of their organizations, from the first one behind `behind` on. Heads that are named come besides.
    """

    limit: int
    behind: str = ""


@dataclass(frozen=True, slots=True)
class ChangedHeads:
    """The heads that moved since a token, and the token for the next poll."""

    heads: Mapping[str, Position]
    token: str
    through: Mapping[str, Position] = field(default_factory=dict)
    """Of an upstream that itself folds goals: the goals commit it has folded, at this head."""
    written: Mapping[str, datetime] = field(default_factory=dict)
    """When the first event after a place that was asked about was written."""
    next: str | None = None
    """Where the next page begins: of heads that changed, a token; of all, an organization. None: this is the last, or
    all of it (a release before knows no pages).
    """


class Upstream(Protocol):
    """The replay side of a process that writes streams."""

    async def events(self, organization: str, after: int, limit: int) -> Page:
        """Whole commits after a sequence, about `limit` events. Raises `Undecodable` when one cannot be read."""
        ...

    async def heads(
        self,
        changed_since: str | None,
        named: Collection[str] = (),
        after: Mapping[str, int] | None = None,
        page: HeadsPage | None = None,
    ) -> ChangedHeads:
        """Every organization's head, or only those that moved since a token of an earlier answer and those named; of
        these a `page`.

        `after`: places in streams, to be told when the first event after each was written.
        """
        ...
