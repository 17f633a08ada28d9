"""What goals publishes: facts about an organization, each carrying the entity's new public state whole.

A consumer that only wants the current state needs nothing but `entities_of`; the other fields say how it came about.
"""

from __future__ import annotations

from msgspec import Struct

from goldenthread.contracts.entities import Entity
from goldenthread.contracts.events.goals.clock import (
    DayClosed,
    GraceEnded,
    LinkOverdue,
    QuestionEscalated,
    WhyAnswerOverdue,
)
from goldenthread.contracts.events.goals.imports import PlanImported
from goldenthread.contracts.events.goals.links import (
    LinkAccepted,
    LinkCountered,
    LinkDeclined,
    LinkMoved,
    LinkProposed,
    LinkReaffirmed,
    LinkWithdrawn,
    PromiseBroken,
    PromiseKept,
)
from goldenthread.contracts.events.goals.listening import (
    FeedbackAnswered,
    FeedbackLinked,
    FeedbackReceived,
    FeedbackUnlinked,
    QuestionAnswered,
    QuestionAsked,
    QuestionMoved,
    QuestionSettled,
    QuestionWithdrawn,
)
from goldenthread.contracts.events.goals.objectives import (
    CheckInAcknowledged,
    CheckInRecorded,
    CoOwnerAccepted,
    CoOwnerDeclined,
    KeyResultAdded,
    KeyResultChanged,
    KeyResultRemoved,
    ObjectiveActivated,
    ObjectiveArchived,
    ObjectiveCarriedOver,
    ObjectiveChanged,
    ObjectiveClosed,
    ObjectiveCreated,
    ObjectiveReopened,
)
from goldenthread.contracts.events.goals.organization import (
    CycleClosed,
    CycleOpened,
    CycleReopened,
    OrganizationCreated,
    OrganizationDeleted,
    OrganizationUpdated,
    PersonErased,
    PersonJoined,
    PersonLeft,
    PersonRolesChanged,
    PersonUpdated,
    PolicyChanged,
    UnitChanged,
    UnitClosed,
    UnitCreated,
    UnitMoved,
)
from goldenthread.contracts.events.goals.payload import GoalsPayload
from goldenthread.contracts.events.goals.people import (
    InvitationClaimed,
    InvitationConfirmed,
    InvitationRevoked,
    InvitationUndone,
    PersonInvited,
    PersonSignedIn,
)
from goldenthread.contracts.events.goals.whys import (
    PurposePublished,
    PurposeRetired,
    PurposeRevised,
    WhyAnswerConfirmed,
    WhyAnswered,
    WhyPublished,
    WhyRetired,
    WhyRevised,
)

__all__ = [
    "PAYLOADS",
    "SOURCE",
    "CheckInAcknowledged",
    "CheckInRecorded",
    "CoOwnerAccepted",
    "CoOwnerDeclined",
    "CycleClosed",
    "CycleOpened",
    "CycleReopened",
    "FeedbackAnswered",
    "FeedbackLinked",
    "FeedbackReceived",
    "FeedbackUnlinked",
    "GoalsPayload",
    "InvitationClaimed",
    "InvitationConfirmed",
    "InvitationRevoked",
    "InvitationUndone",
    "KeyResultAdded",
    "KeyResultChanged",
    "KeyResultRemoved",
    "LinkAccepted",
    "LinkCountered",
    "LinkDeclined",
    "LinkMoved",
    "LinkProposed",
    "LinkReaffirmed",
    "LinkWithdrawn",
    "ObjectiveActivated",
    "ObjectiveArchived",
    "ObjectiveCarriedOver",
    "ObjectiveChanged",
    "ObjectiveClosed",
    "ObjectiveCreated",
    "ObjectiveReopened",
    "OrganizationCreated",
    "OrganizationDeleted",
    "OrganizationUpdated",
    "PersonErased",
    "PersonInvited",
    "PersonJoined",
    "PersonLeft",
    "PersonRolesChanged",
    "PersonSignedIn",
    "PersonUpdated",
    "PlanImported",
    "PolicyChanged",
    "PromiseBroken",
    "PromiseKept",
    "PurposePublished",
    "PurposeRetired",
    "PurposeRevised",
    "QuestionAnswered",
    "QuestionAsked",
    "QuestionMoved",
    "QuestionSettled",
    "QuestionWithdrawn",
    "UnitChanged",
    "UnitClosed",
    "UnitCreated",
    "UnitMoved",
    "WhyAnswerConfirmed",
    "WhyAnswered",
    "WhyPublished",
    "WhyRetired",
    "WhyRevised",
    "entities_of",
]

SOURCE = "/goldenthread/goals"


PAYLOADS: dict[str, type[Struct]] = {
    "organization.created": OrganizationCreated,
    "organization.updated": OrganizationUpdated,
    "organization.deleted": OrganizationDeleted,
    "policy.changed": PolicyChanged,
    "unit.created": UnitCreated,
    "unit.changed": UnitChanged,
    "unit.moved": UnitMoved,
    "unit.closed": UnitClosed,
    "person.joined": PersonJoined,
    "person.updated": PersonUpdated,
    "person.roles-changed": PersonRolesChanged,
    "person.left": PersonLeft,
    "person.erased": PersonErased,
    "person.invited": PersonInvited,
    "person.invitation-claimed": InvitationClaimed,
    "person.invitation-confirmed": InvitationConfirmed,
    "person.invitation-revoked": InvitationRevoked,
    "person.invitation-undone": InvitationUndone,
    "person.signed-in": PersonSignedIn,
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
