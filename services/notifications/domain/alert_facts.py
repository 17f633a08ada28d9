"""The facts that alerts follow from, of one organization: goals' fold, the verdicts, and the clock's events."""

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
from goldenthread.contracts.events.goals import entities_of
from goldenthread.contracts.events.goals.clock import Grace, GraceEnded, LinkOverdue, WhyAnswerOverdue
from goldenthread.organization.organization import Organization


class ObjectiveVerdict(Struct, frozen=True):
    """The verdict on an objective, and whether it was ever ALIGNED since it was first judged."""

    verdict: Verdict
    was_aligned: bool = False


ALIGNED = ObjectiveVerdict(Verdict(AlignmentState.ALIGNED), True)
"""The same for every aligned objective: alerts need no more of it."""


class OverdueLink(Struct, frozen=True):
    """What the clock announced of a link: the side whose turn it was did not move on this round in time."""

    round: int


class OverdueAnswer(Struct, frozen=True):
    """What the clock announced of a unit: it owed an answer to this version of a why until then."""

    version: int
    due_at: datetime


class EndedGrace(Struct, frozen=True):
    """What the clock announced of a node: this grace has ended."""

    grace: Grace


Fact = Entity | ObjectiveVerdict | OverdueLink | OverdueAnswer | EndedGrace | UnitSiloed
"""Everything that is stored; each under a key of its own (see `FactChanges.facts`)."""


class FactChanges:
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


class AlertFacts:
    """The facts behind the alerts of one organization; no alert depends on check-ins, or on what customers say."""

    def __init__(self) -> None:
        self.org = Organization()
        self.verdicts: dict[Id, ObjectiveVerdict] = {}
        self.graces: set[tuple[Id, Grace]] = set()
        self.overdue: dict[Id, int] = {}
        self.debts: dict[str, OverdueAnswer] = {}
        """"why unit" → the clock's event about the answer that is owed, while it is."""
        self.silos: dict[Id, UnitSiloed] = {}

    def apply(self, goals: Iterable[Event], alignment: Iterable[Event]) -> FactChanges:
        """Fold the events of one goals commit, then the alignment events that reflect it."""
        changes, labels = FactChanges(), list[Label]()
        for event in goals:
            self._apply_goals(event.data, changes)
        for event in alignment:
            if isinstance(event.data, UnitSiloed | UnitConnected):
                self._silo(event.data, changes)
            labels += _labels(event.data)
        before = {label.node: self._before(label.node) for label in labels}
        for label in labels:
            self._judge(label.node, label.verdict, before[label.node], changes)
        return changes

    def restore(self, facts: Iterable[tuple[str, Fact]]) -> None:
        """Take back what was kept of `FactChanges.facts`."""
        for key, fact in facts:
            _, _, id = key.partition(":")
            if isinstance(fact, ObjectiveVerdict):
                self.verdicts[id] = ALIGNED if fact == ALIGNED else fact
            elif isinstance(fact, OverdueLink):
                self.overdue[id] = fact.round
            elif isinstance(fact, OverdueAnswer):
                self.debts[id] = fact
            elif isinstance(fact, UnitSiloed):
                self.silos[id] = fact
            elif isinstance(fact, EndedGrace):
                self.graces.add((id.rpartition(":")[0], fact.grace))
            else:
                self.org.put(fact)

    def sources(self) -> set[Id]:
        """Everything that may have a reason for an alert."""
        broken = {node for node, judged in self.verdicts.items() if judged is not ALIGNED}
        taken_up = {node for node, grace in self.graces if grace is Grace.UPTAKE}
        asked = {id for id, question in self.org.questions.items() if question.state is QuestionState.ESCALATED}
        siloed = {source for unit in self.silos for source in _kinds(unit)}
        return broken | taken_up | asked | siloed | set(self.overdue) | set(self.debts)

    def forget(self, debt: str, changes: FactChanges) -> None:
        """Forget a debt that is over, with the clock's event about it: a later debt has an event of its own."""
        del self.debts[debt]
        changes.facts[f"debt:{debt}"] = None

    def _apply_goals(self, payload: Any, changes: FactChanges) -> None:
        if payload is None:
            return
        if isinstance(payload, GraceEnded):
            self._grace(payload, changes)
        elif isinstance(payload, LinkOverdue):
            self.overdue[payload.link] = payload.round
            changes.facts[f"overdue:{payload.link}"] = OverdueLink(payload.round)
            changes.ids.add(payload.link)
            changes.sources.add(payload.link)
        elif isinstance(payload, WhyAnswerOverdue):
            debt = f"{payload.why} {payload.unit}"
            self.debts[debt] = late = OverdueAnswer(payload.version, payload.due_at)
            changes.facts[f"debt:{debt}"] = late
            changes.sources.add(debt)
        for entity in entities_of(payload):
            if not isinstance(entity, CheckIn | CustomerFeedback):
                self._put(entity, changes)

    def _put(self, entity: Entity, changes: FactChanges) -> None:
        before = self.org.info if isinstance(entity, OrganizationInfo) else self.org.get(entity.id)
        self.org.put(entity)
        changes.facts[f"entity:{entity.id}"] = entity
        if _aspect(before) == _aspect(entity):
            return
        changes.ids.add(entity.id)
        changes.graph |= isinstance(entity, Link | Objective | Why | Purpose | KeyResult)
        if isinstance(entity, Link):
            self._relink(before if isinstance(before, Link) else None, entity, changes)
        elif isinstance(entity, WhyAnswer):
            changes.ids.add(f"{entity.why} {entity.unit}")
        elif isinstance(entity, Question):
            changes.sources.add(entity.id)

    def _relink(self, before: Link | None, after: Link, changes: FactChanges) -> None:
        changes.ids.add(after.child)
        if before is not None:
            changes.ids.add(before.child)
            changes.sources.add(self._measured(before.parent))
        changes.sources.add(after.id)
        changes.sources.add(self._measured(after.parent))
        moved = after.turn is None or self.overdue.get(after.id) != after.round
        if moved and after.id in self.overdue:
            del self.overdue[after.id]
            changes.facts[f"overdue:{after.id}"] = None

    def _measured(self, node: Id) -> Id:
        found = self.org.key_results.get(node)
        return found.measures if found is not None else node

    def _grace(self, payload: GraceEnded, changes: FactChanges) -> None:
        entry = (payload.node, payload.grace)
        if payload.ended:
            self.graces.add(entry)
        else:
            self.graces.discard(entry)
        key = f"grace:{payload.node}:{payload.grace}"
        changes.facts[key] = EndedGrace(payload.grace) if payload.ended else None
        changes.ids.add(payload.node)
        changes.sources.add(payload.node)

    def _silo(self, payload: UnitSiloed | UnitConnected, changes: FactChanges) -> None:
        if isinstance(payload, UnitSiloed):
            self.silos[payload.unit] = payload
        else:
            self.silos.pop(payload.unit, None)
        changes.facts[f"silo:{payload.unit}"] = self.silos.get(payload.unit)
        changes.sources.update(_kinds(payload.unit))

    def _before(self, node: Id) -> ObjectiveVerdict | None:
        """The verdict on a goal before. A copy that was not judged yet has that of the goal it continues, where that
        was broken, so that its alert goes on. A new title that needs a new because is known to the person who gave it.
        """
        judged, goal = self.verdicts.get(node), self.org.objectives.get(node)
        if judged is None and goal is not None and goal.continues is not None:
            original = self.verdicts.get(goal.continues)
            return original if original is not ALIGNED else None
        return judged

    def _judge(self, node: Id, verdict: Verdict, before: ObjectiveVerdict | None, changes: FactChanges) -> None:
        if node not in self.org.objectives:
            return
        after = _judged(before, verdict)
        if after == self.verdicts.get(node):
            return
        if after is None:
            del self.verdicts[node]
        else:
            self.verdicts[node] = after
        changes.facts[f"standing:{node}"] = after
        changes.sources.add(node)


def _kinds(unit: Id) -> list[str]:
    """Each kind of evidence that a unit is a silo is a source of its own: different units can mend it."""
    return [f"{unit} {kind}" for kind in SiloKind]


def _judged(before: ObjectiveVerdict | None, verdict: Verdict) -> ObjectiveVerdict | None:
    if verdict.state is AlignmentState.NOT_JUDGED:
        return None
    if verdict.state is AlignmentState.ALIGNED:
        return ALIGNED
    return ObjectiveVerdict(verdict, before is not None and before.was_aligned)


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
