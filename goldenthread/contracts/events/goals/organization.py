"""What goals publishes about the organization: units, people, cycles and policy."""

from __future__ import annotations

from goldenthread.contracts.entities import Cycle, Id, OrganizationInfo, OrgUnit, Person, Policy
from goldenthread.contracts.enums import PersonField
from goldenthread.contracts.events.goals.payload import GoalsPayload


class OrganizationCreated(GoalsPayload, frozen=True):
    organization: OrganizationInfo


class OrganizationUpdated(GoalsPayload, frozen=True):
    """The organization has another name."""

    organization: OrganizationInfo
    before: OrganizationInfo


class OrganizationDeleted(GoalsPayload, frozen=True):
    """The organization was deleted, and its stream ends: whoever keeps something of it deletes that, too.

    Whoever never gets this event learns it by the head of the stream (`Head.deleted`).
    """

    id: Id


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


class PersonErased(GoalsPayload, frozen=True):
    """What was kept of a person or service account who had left was erased: whoever keeps it erases it as well.

    It carries ids only. A restored backup may make it come again.
    """

    person: Person


class CycleOpened(GoalsPayload, frozen=True):
    cycle: Cycle


class CycleClosed(GoalsPayload, frozen=True):
    cycle: Cycle


class CycleReopened(GoalsPayload, frozen=True):
    """A closing was taken back. What ended with it stays ended."""

    cycle: Cycle
    reason: str
