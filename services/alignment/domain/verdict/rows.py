"""What goes in and out of the engine: rows for persistence, and what a commit changed."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, Verdict
from services.alignment.domain.verdict import columns as k


class Kind(IntEnum):
    """What a node is."""

    PURPOSE = k.PURPOSE
    WHY = k.WHY
    OBJECTIVE = k.OBJECTIVE
    KEY_RESULT = k.KEY_RESULT


class Status(IntEnum):
    """Does a node count? IDLE is neither live nor ended: a draft, or what measures one (or nothing)."""

    IDLE = k.IDLE
    LIVE = k.LIVE
    ENDED = k.ENDED


STATES = (None, *AlignmentState)
"""By number; in the order of `columns`."""
CAUSES = (None, *OrphanCause)
LINK_STATES = tuple(LinkState)


class NodeFacts(Struct, frozen=True):
    """What the engine needs to know of a node. `own` is its own status, whatever it measures."""

    kind: Kind
    own: Status
    version: int
    measures: Id | None = None


class NodeRow(Struct, frozen=True):
    """One node as persisted. `born` is the goals sequence it first appeared with, `frozen` the last judged state of one
    that ended. Everything else that is known of it follows from the graph.
    """

    id: Id
    born: int
    facts: NodeFacts
    frozen: AlignmentState | None = None


class LinkRow(Struct, frozen=True):
    """One link as persisted. `born` is the goals sequence it first appeared with."""

    id: Id
    born: int
    child: Id
    parent: Id
    state: LinkState
    measure: bool
    because_version: int | None
    accepted_order: int | None


class LabelChange(Struct, frozen=True):
    """The verdict on one node before a commit (None when it did not exist) and after."""

    node: Id
    before: Verdict | None
    after: Verdict
