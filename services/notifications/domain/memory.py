"""What notifications remembers of one organisation: goals' fold, the verdicts, and what the clock has said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct

from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Entity,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import QuestionState
from goldenthread.contracts.envelope import Event
from goldenthread.contracts.events.alignment import (
    AlignmentState,
    Label,
    LabelsChanged,
    SiloKind,
    Transition,
    UnitConnected,
    UnitSiloed,
    Verdict,
)
from goldenthread.contracts.events.clock import Grace, GraceEnded, LinkOverdue, WhyAnswerOverdue
from goldenthread.contracts.events.goals import entities_of
from goldenthread.organization.organization import Organization


class Standing(Struct, frozen=True):
    """An objective's verdict, and whether it has been ALIGNED since it was first judged (so that it can lose that)."""

    verdict: Verdict
    was_aligned: bool = False


ALIGNED = Standing(Verdict(AlignmentState.ALIGNED), True)
"""The one standing of every aligned objective: alerts need no more of it."""


class Overdue(Struct, frozen=True):
    """The clock's word on a link: nobody moved on this round in time."""

    round: int


class AnswerOverdue(Struct, frozen=True):
    """The clock's word on a unit: it owed an answer to this version of a why until then."""

    version: int
    due_at: datetime


class GraceOver(Struct, frozen=True):
    """The clock's word on a node: this grace has ended."""

    grace: Grace


Fact = Entity | Standing | Overdue | AnswerOverdue | GraceOver | UnitSiloed
"""Everything a memory consists of; each is kept under a key of its own (see `Memory.facts`)."""


class Touched:
    """What a commit changed, as far as alerts can depend on it."""

    def __init__(self) -> None:
        self.ids: set[Id] = set()
        """Units, nodes, links and questions whose state, version, owner or place changed, or of which the clock spoke;
        and "why unit" for each answer."""
        self.sources: set[Id] = set()
        """Objectives, links, whys, questions, debts ("why unit") and evidence of silos ("unit KIND") to look at again,
        whatever they depended on."""
        self.graph = False
        """A node or link changed in a way that verdicts can follow from; what alignment makes of it may come later."""
        self.facts: dict[str, Fact | None] = {}
        """Every fact to keep under its key; None: forget it."""


class Memory:
    """The facts behind the alerts of one organisation; no alert depends on check-ins, or on what customers say."""

    def __init__(self) -> None:
        self.org = Organization()
        self.standings: dict[Id, Standing] = {}
        self.graces: set[tuple[Id, Grace]] = set()
        self.overdue: dict[Id, int] = {}
        self.debts: dict[str, AnswerOverdue] = {}
        """"why unit" → what the clock said of the answer that is owed, while it is."""
        self.silos: dict[Id, UnitSiloed] = {}

    def learn(self, goals: Iterable[Event], alignment: Iterable[Event]) -> Touched:
        """Fold the events of one goals commit, then the alignment events that reflect it."""
        touched, labels = Touched(), list[Label]()
        for event in goals:
            self._learn_goals(event.data, touched)
        for event in alignment:
            if isinstance(event.data, UnitSiloed | UnitConnected):
                self._silo(event.data, touched)
            labels += _labels(event.data)
        before = {label.node: self._before(label.node) for label in labels}
        for label in labels:
            self._judge(label.node, label.verdict, before[label.node], touched)
        return touched

    def restore(self, facts: Iterable[tuple[str, Fact]]) -> None:
        """Take back what was kept of `Touched.facts`."""
        for key, fact in facts:
            _, _, id = key.partition(":")
            if isinstance(fact, Standing):
                self.standings[id] = ALIGNED if fact == ALIGNED else fact
            elif isinstance(fact, Overdue):
                self.overdue[id] = fact.round
            elif isinstance(fact, AnswerOverdue):
                self.debts[id] = fact
            elif isinstance(fact, UnitSiloed):
                self.silos[id] = fact
            elif isinstance(fact, GraceOver):
                self.graces.add((id.rpartition(":")[0], fact.grace))
            else:
                self.org.put(fact)

    def sources(self) -> set[Id]:
        """Everything that may have a reason for an alert."""
        broken = {node for node, standing in self.standings.items() if standing is not ALIGNED}
        taken_up = {node for node, grace in self.graces if grace is Grace.UPTAKE}
        asked = {id for id, question in self.org.questions.items() if question.state is QuestionState.ESCALATED}
        siloed = {source for unit in self.silos for source in _kinds(unit)}
        return broken | taken_up | asked | siloed | set(self.overdue) | set(self.debts)

    def forget(self, debt: str, touched: Touched) -> None:
        """A debt is over: what the clock said of it says nothing of a later one."""
        del self.debts[debt]
        touched.facts[f"debt:{debt}"] = None

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
        elif isinstance(payload, WhyAnswerOverdue):
            debt = f"{payload.why} {payload.unit}"
            self.debts[debt] = said = AnswerOverdue(payload.version, payload.due_at)
            touched.facts[f"debt:{debt}"] = said
            touched.sources.add(debt)
        for entity in entities_of(payload):
            if not isinstance(entity, CheckIn | CustomerFeedback):
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
            self._relink(before if isinstance(before, Link) else None, entity, touched)
        elif isinstance(entity, WhyAnswer):
            touched.ids.add(f"{entity.why} {entity.unit}")
        elif isinstance(entity, Question):
            touched.sources.add(entity.id)

    def _relink(self, before: Link | None, after: Link, touched: Touched) -> None:
        touched.ids.add(after.child)
        if before is not None:
            touched.ids.add(before.child)
            touched.sources.add(self._measured(before.parent))
        touched.sources.add(after.id)
        touched.sources.add(self._measured(after.parent))
        moved = after.turn is None or self.overdue.get(after.id) != after.round
        if moved and after.id in self.overdue:
            del self.overdue[after.id]
            touched.facts[f"overdue:{after.id}"] = None

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

    def _silo(self, payload: UnitSiloed | UnitConnected, touched: Touched) -> None:
        if isinstance(payload, UnitSiloed):
            self.silos[payload.unit] = payload
        else:
            self.silos.pop(payload.unit, None)
        touched.facts[f"silo:{payload.unit}"] = self.silos.get(payload.unit)
        touched.sources.update(_kinds(payload.unit))

    def _before(self, node: Id) -> Standing | None:
        """How a goal stood. A copy that was not judged yet: as the goal that it continues, where that was broken, so
        that its alert goes on. Where a new title needs a new because, whoever gave it knows.
        """
        standing, goal = self.standings.get(node), self.org.objectives.get(node)
        if standing is None and goal is not None and goal.continues is not None:
            original = self.standings.get(goal.continues)
            return original if original is not ALIGNED else None
        return standing

    def _judge(self, node: Id, verdict: Verdict, before: Standing | None, touched: Touched) -> None:
        if node not in self.org.objectives:
            return
        after = _standing(before, verdict)
        if after == self.standings.get(node):
            return
        if after is None:
            del self.standings[node]
        else:
            self.standings[node] = after
        touched.facts[f"standing:{node}"] = after
        touched.sources.add(node)


def _kinds(unit: Id) -> list[str]:
    """Each kind of evidence that a unit is a silo is a reason of its own: others can mend it."""
    return [f"{unit} {kind}" for kind in SiloKind]


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
            return (entity.state, entity.version, entity.unit, *entity.audience)
        case Purpose():
            return (entity.id, entity.state, entity.version)
        case KeyResult():
            return (entity.measures, entity.removed, entity.version)
        case WhyAnswer():
            return (entity.version, entity.stance)
        case Question():
            return (entity.state, entity.asked)
        case OrgUnit():
            return (entity.id, entity.parent, entity.lead, entity.closed, entity.placed_at)
        case OrganizationInfo():
            return (entity.id, entity.root, entity.policy.reply_days)
        case _:
            return ()
