"""What a change would make of nodes and links, as far as verdicts rest on it: what alignment is asked beforehand.

An import of 100,000 rows is as many events of a kilobyte, and as many facts of fifty bytes.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from goldenthread.contracts.entities import Entity, Id, KeyResult, Link, Objective, Purpose, Why
from goldenthread.contracts.enums import LinkState, ObjectiveState, PurposeState, WhyState

Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]
"""Every whole number of a goal is in this range: the engine has no room for more."""


class PurposeFacts(Struct, frozen=True, array_like=True, tag="purpose"):
    """Of a purpose."""

    id: Id
    state: PurposeState
    version: Number


class WhyFacts(Struct, frozen=True, array_like=True, tag="why"):
    """Of a why."""

    id: Id
    state: WhyState
    version: Number


class ObjectiveFacts(Struct, frozen=True, array_like=True, tag="objective"):
    """Of an objective."""

    id: Id
    state: ObjectiveState
    version: Number


class KeyResultFacts(Struct, frozen=True, array_like=True, tag="keyresult"):
    """Of a key result."""

    id: Id
    measures: Id
    removed: bool
    version: Number


class LinkFacts(Struct, frozen=True, array_like=True, tag="link"):
    """Of a link."""

    id: Id
    child: Id
    parent: Id
    state: LinkState
    measure: bool
    because_version: Number | None
    accepted_order: Number | None


Facts = PurposeFacts | WhyFacts | ObjectiveFacts | KeyResultFacts | LinkFacts


def facts_of(entity: Entity) -> Facts | None:
    """What a verdict rests on; None for what is no node and no link."""
    match entity:
        case Purpose():
            return PurposeFacts(entity.id, entity.state, entity.version)
        case Why():
            return WhyFacts(entity.id, entity.state, entity.version)
        case Objective():
            return ObjectiveFacts(entity.id, entity.state, entity.version)
        case KeyResult():
            return KeyResultFacts(entity.id, entity.measures, bool(entity.removed), entity.version)
        case Link():
            order = entity.accepted_order
            ends = entity.id, entity.child, entity.parent
            return LinkFacts(*ends, entity.state, entity.measure, entity.because_version, order)
        case _:
            return None
