"""What goes in and out of the engine: rows for persistence, and what a commit changed."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import LinkState
from goldenthread.contracts.events.alignment import Verdict


class Kind(StrEnum):
    """What a node is."""

    PURPOSE = "PURPOSE"
    WHY = "WHY"
    OBJECTIVE = "OBJECTIVE"
    KEY_RESULT = "KEY_RESULT"


class Status(StrEnum):
    """Does a node count? IDLE is neither live nor ended: a draft, or what measures one (or nothing)."""

    LIVE = "LIVE"
    ENDED = "ENDED"
    IDLE = "IDLE"


class NodeFacts(Struct, frozen=True):
    """What the engine needs to know of a node. `own` is its own status, whatever it measures."""

    kind: Kind
    own: Status
    version: int
    measures: Id | None = None


class NodeRow(Struct, frozen=True):
    """One node as persisted. `born` is the goals sequence it first appeared with; `key` its place in the labelling."""

    id: Id
    born: int
    facts: NodeFacts
    key: int
    verdict: Verdict


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


class Changes(Struct, frozen=True):
    """What was changed since the judgement before.

    `labels` are ordered by the nodes' first appearance. `nodes` and `links` name every row to be written, labels
    included. `cause` is the goals sequence of the last event that changed the graph, None when none did.
    """

    labels: list[LabelChange] = []
    nodes: list[Id] = []
    links: list[Id] = []
    cause: int | None = None
