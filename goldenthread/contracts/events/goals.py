"""What goals publishes: facts about an organisation, each carrying the entity's new public state whole.

A consumer that only wants the current state needs nothing but `entity_of`; the other fields say how it came about.
"""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.entities import (
    CheckIn,
    CustomerFeedback,
    Cycle,
    Entity,
    Id,
    KeyResult,
    Link,
    Objective,
    OrganizationInfo,
    OrgUnit,
    Person,
    Policy,
    Purpose,
    Question,
    Why,
    WhyAnswer,
)
from goldenthread.contracts.enums import Kept, PersonField, Side
from goldenthread.contracts.events.clock import DayClosed, GraceEnded, LinkOverdue, QuestionEscalated, WhyAnswerOverdue

SOURCE = "/goldenthread/goals"


class GoalsPayload(Struct, frozen=True, forbid_unknown_fields=False):
    """Base of the payloads."""


class OrganizationCreated(GoalsPayload, frozen=True):
    organization: OrganizationInfo


class OrganizationUpdated(GoalsPayload, frozen=True):
    """The organization has another name."""

    organization: OrganizationInfo
    before: OrganizationInfo


class PolicyChanged(GoalsPayload, frozen=True):
    organization: OrganizationInfo
    before: Policy


class UnitCreated(GoalsPayload, frozen=True):
    unit: OrgUnit


class UnitChanged(GoalsPayload, frozen=True):
    unit: OrgUnit
    before: OrgUnit


class UnitMoved(GoalsPayload, frozen=True):
    unit: OrgUnit
    before: OrgUnit


class UnitClosed(GoalsPayload, frozen=True):
    unit: OrgUnit
    successor: Id | None = None


class PersonJoined(GoalsPayload, frozen=True):
    person: Person


class PersonUpdated(GoalsPayload, frozen=True):
    """Which of a person's name, e-mail address and login are others now, never what they are or were.

    Whoever keeps them reads them again (`GET /v1/name`); with LOGIN among `fields` the login before is nobody's.
    """

    person: Person
    fields: list[PersonField]


class PersonRolesChanged(GoalsPayload, frozen=True):
    person: Person
    before: Person


class PersonLeft(GoalsPayload, frozen=True):
    person: Person
    successor: Id | None = None


class CycleOpened(GoalsPayload, frozen=True):
    cycle: Cycle


class CycleClosed(GoalsPayload, frozen=True):
    cycle: Cycle


class CycleReopened(GoalsPayload, frozen=True):
    """A closing was taken back. What ended with it stays ended."""

    cycle: Cycle
    reason: str


class PurposePublished(GoalsPayload, frozen=True):
    purpose: Purpose


class PurposeRevised(GoalsPayload, frozen=True):
    purpose: Purpose
    before: Purpose
    editorial: bool = False


class PurposeRetired(GoalsPayload, frozen=True):
    purpose: Purpose
    reason: str


class WhyPublished(GoalsPayload, frozen=True):
    why: Why


class WhyRevised(GoalsPayload, frozen=True):
    why: Why
    before: Why
    editorial: bool = False


class WhyRetired(GoalsPayload, frozen=True):
    why: Why
    reason: str
    successor: Id | None = None


class WhyAnswered(GoalsPayload, frozen=True):
    """A unit says what a why means for it; `before` is what it said until now."""

    answer: WhyAnswer
    before: WhyAnswer | None = None


class WhyAnswerConfirmed(GoalsPayload, frozen=True):
    answer: WhyAnswer


class ObjectiveCreated(GoalsPayload, frozen=True):
    objective: Objective


class ObjectiveChanged(GoalsPayload, frozen=True):
    objective: Objective
    before: Objective
    editorial: bool = False


class ObjectiveActivated(GoalsPayload, frozen=True):
    objective: Objective


class ObjectiveClosed(GoalsPayload, frozen=True):
    objective: Objective


class ObjectiveArchived(GoalsPayload, frozen=True):
    objective: Objective
    reason: str | None = None


class ObjectiveReopened(GoalsPayload, frozen=True):
    objective: Objective
    reason: str


class ObjectiveCarriedOver(GoalsPayload, frozen=True):
    """An open objective goes on in another cycle, with its links to live parents."""

    objective: Objective
    before: Objective


class CoOwnerAccepted(GoalsPayload, frozen=True):
    """A unit that was invited owns the objective too."""

    objective: Objective
    unit_id: Id


class CoOwnerDeclined(GoalsPayload, frozen=True):
    """A unit that was invited does not want to own the objective."""

    objective: Objective
    unit_id: Id


class KeyResultAdded(GoalsPayload, frozen=True):
    key_result: KeyResult


class KeyResultChanged(GoalsPayload, frozen=True):
    key_result: KeyResult
    before: KeyResult


class KeyResultRemoved(GoalsPayload, frozen=True):
    key_result: KeyResult


class CheckInRecorded(GoalsPayload, frozen=True):
    """`key_result` carries the new current value, status and confidence."""

    check_in: CheckIn
    key_result: KeyResult


class CheckInAcknowledged(GoalsPayload, frozen=True):
    check_in: CheckIn


class LinkProposed(GoalsPayload, frozen=True):
    link: Link


class LinkCountered(GoalsPayload, frozen=True):
    link: Link


class LinkAccepted(GoalsPayload, frozen=True):
    link: Link


class LinkDeclined(GoalsPayload, frozen=True):
    link: Link


class LinkWithdrawn(GoalsPayload, frozen=True):
    link: Link
    side: Side


class LinkReaffirmed(GoalsPayload, frozen=True):
    link: Link


class LinkMoved(GoalsPayload, frozen=True):
    """An end of a link was replaced by its successor, or by the copy that continues it. It is unexplained until
    reaffirmed, unless the text it was written for goes on unchanged.
    """

    link: Link
    before: Link


class PromiseKept(GoalsPayload, frozen=True):
    """Said at closing for a link with a promise in return (`kept` YES or PARTLY)."""

    link: Link
    kept: Kept


class PromiseBroken(GoalsPayload, frozen=True):
    link: Link
    kept: Kept


class QuestionAsked(GoalsPayload, frozen=True):
    question: Question


class QuestionAnswered(GoalsPayload, frozen=True):
    question: Question


class QuestionSettled(GoalsPayload, frozen=True):
    question: Question


class QuestionWithdrawn(GoalsPayload, frozen=True):
    question: Question


class QuestionMoved(GoalsPayload, frozen=True):
    """What it is about, or a unit or person of it, was replaced by a successor."""

    question: Question
    before: Question


class FeedbackReceived(GoalsPayload, frozen=True):
    feedback: CustomerFeedback


class FeedbackLinked(GoalsPayload, frozen=True):
    feedback: CustomerFeedback
    added: list[Id]


class FeedbackUnlinked(GoalsPayload, frozen=True):
    feedback: CustomerFeedback
    dropped: list[Id]


class FeedbackAnswered(GoalsPayload, frozen=True):
    feedback: CustomerFeedback


class PlanImported(GoalsPayload, frozen=True):
    """The last event of an import; its counts are rows of the file."""

    source: str
    format: str
    created: int
    updated: int
    unchanged: int
    skipped: int
    missing: list[str]


PAYLOADS: dict[str, type[Struct]] = {
    "organization.created": OrganizationCreated,
    "organization.updated": OrganizationUpdated,
    "policy.changed": PolicyChanged,
    "unit.created": UnitCreated,
    "unit.changed": UnitChanged,
    "unit.moved": UnitMoved,
    "unit.closed": UnitClosed,
    "person.joined": PersonJoined,
    "person.updated": PersonUpdated,
    "person.roles-changed": PersonRolesChanged,
    "person.left": PersonLeft,
    "cycle.opened": CycleOpened,
    "cycle.closed": CycleClosed,
    "cycle.reopened": CycleReopened,
    "purpose.published": PurposePublished,
    "purpose.revised": PurposeRevised,
    "purpose.retired": PurposeRetired,
    "why.published": WhyPublished,
    "why.revised": WhyRevised,
    "why.retired": WhyRetired,
    "why.answered": WhyAnswered,
    "why.answer-confirmed": WhyAnswerConfirmed,
    "objective.created": ObjectiveCreated,
    "objective.changed": ObjectiveChanged,
    "objective.activated": ObjectiveActivated,
    "objective.closed": ObjectiveClosed,
    "objective.archived": ObjectiveArchived,
    "objective.reopened": ObjectiveReopened,
    "objective.carried-over": ObjectiveCarriedOver,
    "objective.co-owner-accepted": CoOwnerAccepted,
    "objective.co-owner-declined": CoOwnerDeclined,
    "key-result.added": KeyResultAdded,
    "key-result.changed": KeyResultChanged,
    "key-result.removed": KeyResultRemoved,
    "check-in.recorded": CheckInRecorded,
    "check-in.acknowledged": CheckInAcknowledged,
    "link.proposed": LinkProposed,
    "link.countered": LinkCountered,
    "link.accepted": LinkAccepted,
    "link.declined": LinkDeclined,
    "link.withdrawn": LinkWithdrawn,
    "link.reaffirmed": LinkReaffirmed,
    "link.moved": LinkMoved,
    "promise.kept": PromiseKept,
    "promise.broken": PromiseBroken,
    "question.asked": QuestionAsked,
    "question.answered": QuestionAnswered,
    "question.settled": QuestionSettled,
    "question.withdrawn": QuestionWithdrawn,
    "question.moved": QuestionMoved,
    "feedback.received": FeedbackReceived,
    "feedback.linked": FeedbackLinked,
    "feedback.unlinked": FeedbackUnlinked,
    "feedback.answered": FeedbackAnswered,
    "plan.imported": PlanImported,
    "grace.ended": GraceEnded,
    "link.overdue": LinkOverdue,
    "why.answer-overdue": WhyAnswerOverdue,
    "question.escalated": QuestionEscalated,
    "day.closed": DayClosed,
}

_GRAPH = ("purpose", "why", "objective", "key_result", "check_in", "link", "answer", "question", "feedback")
_FIELDS = ("organization", "unit", "person", "cycle", *_GRAPH)
_ENTITY_FIELDS = {
    kind: tuple(field for field in _FIELDS if field in kind.__struct_fields__)
    for kind in PAYLOADS.values()
    if kind not in (LinkOverdue, WhyAnswerOverdue)
}


def entities_of(payload: Struct) -> list[Entity]:
    """The entities whose new public state `payload` carries, in no particular order; empty for the clock's events."""
    return [getattr(payload, field) for field in _ENTITY_FIELDS.get(type(payload), ())]
