"""What notifications publishes: alerts to the silent side."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.alignment import OrphanCause

SOURCE = "/goldenthread/notifications"


class AlertKind(StrEnum):
    """What an alert is about."""

    GOAL_ORPHANED = "GOAL_ORPHANED"
    GOAL_UNEXPLAINED = "GOAL_UNEXPLAINED"
    LINK_AWAITING = "LINK_AWAITING"
    WHY_UNANSWERED = "WHY_UNANSWERED"
    WHY_UNLINKED = "WHY_UNLINKED"
    QUESTION_OVERDUE = "QUESTION_OVERDUE"
    SILO = "SILO"


class AlertState(StrEnum):
    """Life of an alert; RESOLVED is final, a later break opens a new one."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    RESOLVED = "RESOLVED"


class Alert(Struct, frozen=True):
    """One open alert per (kind, break, addressee).

    `subject` is the break: a node, link or question id, or the unit that is a silo. `goals` are the objectives it
    currently orphans or unexplains; `units` those that owe the answer of a WHY_UNANSWERED: the addressee, or
    units below it that have no lead.
    """

    id: Id
    kind: AlertKind
    state: AlertState
    subject: Id
    addressee: Id | None
    goals: list[Id]
    message: str
    next_step: str
    opened_at: datetime
    cause: OrphanCause | None = None
    broken_at: Id | None = None
    resolved_at: datetime | None = None
    acknowledged_by: Id | None = None
    acknowledged_at: datetime | None = None
    note: str | None = None
    units: list[Id] = []


class AlertRaised(Struct, frozen=True):
    alert: Alert


class AlertChanged(Struct, frozen=True):
    alert: Alert


class AlertAcknowledged(Struct, frozen=True):
    alert: Alert


class AlertResolved(Struct, frozen=True):
    alert: Alert


PAYLOADS: dict[str, type[Struct]] = {
    "alert.raised": AlertRaised,
    "alert.changed": AlertChanged,
    "alert.acknowledged": AlertAcknowledged,
    "alert.resolved": AlertResolved,
}
