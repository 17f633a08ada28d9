"""What notifications remembers of one organisation: goals' fold, the verdicts, and what the clock has said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from goldenthread.contracts.entities import (
    CheckIn,
    Entity,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Purpose,
    Why,
)
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alignment import AlignmentState, Label, LabelsChanged, Transition, Verdict
from goldenthread.contracts.events.clock import Grace, GraceEnded, LinkOverdue
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.organization import Organization


class Standing(Struct, frozen=True):
    """An objective's verdict, and whether it has been ALIGNED since it was first judged (so that it can lose that)."""

    verdict: Verdict
    was_aligned: bool = False


ALIGNED = Standing(Verdict(AlignmentState.ALIGNED), True)
"""The one standing of every aligned objective: alerts need no more of it."""


class Overdue(Struct, frozen=True):
    """The clock's word on a link: nobody moved on this round in time."""

    round: int


class GraceOver(Struct, frozen=True):
    """The clock's word on a node: this grace has ended."""

    grace: Grace


Fact = Entity | Standing | Overdue | GraceOver
"""Everything a memory consists of; each is kept under a key of its own (see `Memory.facts`)."""


class Touched:
    """What a commit changed, as far as alerts can depend on it."""

    def __init__(self) -> None:
        self.ids: set[Id] = set()
        """Units, nodes and links whose state, version, owner or place changed, or of which the clock spoke."""
        self.sources: set[Id] = set()
        """Objectives, links and whys to look at again whether or not they depended on anything before."""
        self.graph = False
        """A node or link changed in a way that verdicts can follow from; what alignment makes of it may come later."""
        self.facts: dict[str, Fact | None] = {}
        """Every fact to keep under its key; None: forget it."""


class Memory:
    """The facts behind the alerts of one organisation; check-ins are left out, no alert depends on them."""

    def __init__(self) -> None:
        self.org = Organization()
        self.standings: dict[Id, Standing] = {}
        self.graces: set[tuple[Id, Grace]] = set()
        self.overdue: dict[Id, int] = {}

    def learn(self, goals: Iterable[Event], alignment: Iterable[Event]) -> Touched:
        """Fold the events of one goals commit, then the alignment events that reflect it."""
        touched = Touched()
        for event in goals:
            self._learn_goals(event.data, touched)
        for event in alignment:
            for label in _labels(event.data):
                self._judge(label.node, label.verdict, touched)
        return touched

    def restore(self, facts: Iterable[tuple[str, Fact]]) -> None:
        """Take back what was kept of `Touched.facts`."""
        for key, fact in facts:
            _, _, id = key.partition(":")
            if isinstance(fact, Standing):
                self.standings[id] = ALIGNED if fact == ALIGNED else fact
            elif isinstance(fact, Overdue):
                self.overdue[id] = fact.round
            elif isinstance(fact, GraceOver):
                self.graces.add((id.rpartition(":")[0], fact.grace))
            else:
                self.org.put(fact)

    def sources(self) -> set[Id]:
        """Everything that may have a reason for an alert."""
        broken = {node for node, standing in self.standings.items() if standing is not ALIGNED}
        taken_up = {node for node, grace in self.graces if grace is Grace.UPTAKE}
        return broken | taken_up | set(self.overdue)

    def _learn_goals(self, payload: Any, touched: Touched) -> None:
        if payload is None:
            return
        if isinstance(payload, GraceEnded):
            self._grace(payload, touched)
        elif isinstance(payload, LinkOverdue):
            self.overdue[payload.link] = payload.round
            touched.facts[f"overdue:{payload.link}"] = Overdue(payload.round)
            touched.ids.add(payload.link)
            touched.sources.add(payload.link)
        for entity in entities_of(payload):
            if not isinstance(entity, CheckIn):
                self._put(entity, touched)

    def _put(self, entity: Entity, touched: Touched) -> None:
        before = self.org.info if isinstance(entity, OrganizationInfo) else self.org.get(entity.id)
        self.org.put(entity)
        touched.facts[f"entity:{entity.id}"] = entity
        if _aspect(before) == _aspect(entity):
            return
        touched.ids.add(entity.id)
        touched.graph |= isinstance(entity, Link | Objective | Why | Purpose | KeyResult)
        if isinstance(entity, Link):
            touched.ids.add(entity.child)
            if isinstance(before, Link):
                touched.ids.add(before.child)
                touched.sources.add(self._measured(before.parent))
            touched.sources.add(entity.id)
            touched.sources.add(self._measured(entity.parent))
            moved = entity.turn is None or self.overdue.get(entity.id) != entity.round
            if moved and entity.id in self.overdue:
                del self.overdue[entity.id]
                touched.facts[f"overdue:{entity.id}"] = None

    def _measured(self, node: Id) -> Id:
        found = self.org.key_results.get(node)
        return found.measures if found is not None else node

    def _grace(self, payload: GraceEnded, touched: Touched) -> None:
        entry = (payload.node, payload.grace)
        if payload.ended:
            self.graces.add(entry)
        else:
            self.graces.discard(entry)
        key = f"grace:{payload.node}:{payload.grace}"
        touched.facts[key] = GraceOver(payload.grace) if payload.ended else None
        touched.ids.add(payload.node)
        touched.sources.add(payload.node)

    def _judge(self, node: Id, verdict: Verdict, touched: Touched) -> None:
        if node not in self.org.objectives:
            return
        before = self.standings.get(node)
        after = _standing(before, verdict)
        if after == before:
            return
        if after is None:
            del self.standings[node]
        else:
            self.standings[node] = after
        touched.facts[f"standing:{node}"] = after
        touched.sources.add(node)


def _standing(before: Standing | None, verdict: Verdict) -> Standing | None:
    if verdict.state is AlignmentState.NOT_JUDGED:
        return None
    if verdict.state is AlignmentState.ALIGNED:
        return ALIGNED
    return Standing(verdict, before is not None and before.was_aligned)


def _labels(payload: Any) -> list[Label]:
    if isinstance(payload, LabelsChanged):
        return payload.labels
    return [Label(payload.node, payload.after)] if isinstance(payload, Transition) else []


def _aspect(entity: Entity | None) -> tuple[Any, ...]:
    """What of an entity can change an alert."""
    match entity:
        case Link():
            terms = (entity.state, entity.round, entity.turn, entity.because_version, entity.accepted_order)
            return (entity.child, entity.parent, entity.measure, *terms)
        case Objective():
            return (entity.state, entity.version, *entity.owners)
        case Why():
            return (entity.state, entity.version, entity.unit)
        case Purpose():
            return (entity.id, entity.state, entity.version)
        case KeyResult():
            return (entity.measures, entity.removed, entity.version)
        case OrgUnit():
            return (entity.id, entity.parent, entity.lead, entity.closed)
        case OrganizationInfo():
            return (entity.id, entity.root)
        case _:
            return ()
