"""The public state of everything an organisation keeps.

Events carry these structs whole, snapshots are lists of them, and `Organization` (see `organization.py`) is a fold of
them; so there is one definition of what an objective *is*. All are immutable; times are aware UTC datetimes.
"""

from __future__ import annotations

from datetime import date, datetime

from msgspec import Struct

from goldenthread.contracts.enums import (
    AnswerStance,
    Direction,
    FeedbackOutcome,
    FiscalYearName,
    Kept,
    LinkKind,
    LinkPolicy,
    LinkState,
    ObjectiveState,
    ProgressStatus,
    PurposeState,
    QuestionState,
    Requirement,
    Role,
    Sentiment,
    SettlementKind,
    Side,
    UnitFunction,
    WhyState,
)

Id = str
"""Prefixed, globally unique and opaque to clients: `objective_0192f3…` (see `runtime/ids.py`)."""


class Policy(Struct, frozen=True):
    """What an organisation expects; days are calendar days.

    `fiscal_year_start` is the month, 1 to 12, whose first day begins its year.
    """

    link_policy: LinkPolicy = LinkPolicy.RECIPROCAL
    alignment_required: Requirement = Requirement.WARN
    grace_days: int = 14
    handover_days: int = 14
    reply_days: int = 7
    fiscal_year_start: int = 1
    fiscal_year_named_by: FiscalYearName = FiscalYearName.END


class OrganizationInfo(Struct, frozen=True):
    """The tenant itself. `root` is the id of its root unit."""

    id: Id
    name: str
    root: Id
    policy: Policy
    created_at: datetime


class OrgUnit(Struct, frozen=True):
    """A unit of the organisation's tree; `parent` is None for the root only. `placed_at`: since when it is there.

    `successor` is the unit that took over when it was closed.
    """

    id: Id
    name: str
    function: UnitFunction
    parent: Id | None = None
    lead: Id | None = None
    closed: bool = False
    source_key: str | None = None
    placed_at: datetime | None = None
    successor: Id | None = None


class RoleGrant(Struct, frozen=True):
    """A role, in a unit for LEAD and MEMBER, else in the organisation (`unit` is None)."""

    role: Role
    unit: Id | None = None


class Person(Struct, frozen=True):
    """A person without their name: names live in one erasable table of goals, never in events.

    With `service` it is a service account: a program that signs in, reads, and does what its roles allow. It leads no
    unit, answers for no goal, sponsors no why, and is not counted or told anything.
    """

    id: Id
    roles: list[RoleGrant]
    left: bool = False
    service: bool = False


class Cycle(Struct, frozen=True):
    """A planning period; both days belong to it."""

    id: Id
    name: str
    starts_on: date
    ends_on: date
    open: bool = True


class Purpose(Struct, frozen=True):
    """Why the organisation exists. One node; its id never changes, publishing again makes version n + 1."""

    id: Id
    statement: str
    version: int
    state: PurposeState
    published_by: Id | None
    published_at: datetime
    title: str = ""
    source_key: str | None = None


class Why(Struct, frozen=True):
    """A strategic why of a unit. `because` is mirrored in the link to what it serves; None when an import gave none.

    `told` says when each unit of the audience was told the current version. `successor` is the why that what hung on it
    goes on with, where retiring it named one.
    """

    id: Id
    title: str
    statement: str
    because: str | None
    version: int
    state: WhyState
    sponsor: Id | None
    unit: Id
    audience: list[Id]
    published_at: datetime
    source_key: str | None = None
    told: dict[Id, datetime] = {}
    successor: Id | None = None


class WhyAnswer(Struct, frozen=True):
    """What a unit says a why means for it, in its own words; one per why and unit, the latest replaces the one before.

    `version` is the version of the why it answers; `passed_on_at` the first answer to that version: those below owe
    theirs from then on.
    """

    id: Id
    why: Id
    unit: Id
    version: int
    stance: AnswerStance
    statement: str
    by: Id | None
    at: datetime
    passed_on_at: datetime
    confirmed_by: Id | None = None
    confirmed_at: datetime | None = None


class QuestionAnswer(Struct, frozen=True):
    """One answer to a question, by the side that was asked."""

    body: str
    by: Id | None
    unit: Id | None
    at: datetime


class Settlement(Struct, frozen=True):
    """How a question ended. `resulting_version` is the version of the node that an AMENDED one led to."""

    kind: SettlementKind
    note: str
    by: Id | None
    at: datetime
    resulting_version: int | None = None


class Question(Struct, frozen=True):
    """A question about a purpose, why, objective, key result, link or answer, kept until it is settled.

    `unit` is the asker's, `asked` the unit that is to answer (it moves up with every escalation); `awaiting` the one
    whose turn it is, None once it is over. `unheard`: nobody answered, and there is no unit above to ask.
    """

    id: Id
    about: Id
    body: str
    asked_by: Id | None
    unit: Id
    asked: Id
    state: QuestionState
    asked_at: datetime
    awaiting: Id | None
    due_at: datetime | None
    answers: list[QuestionAnswer] = []
    settlement: Settlement | None = None
    escalations: int = 0
    unheard: bool = False


class Outcome(Struct, frozen=True):
    """What an objective came to, the same for every owner. `grade` is 0..1."""

    grade: float
    note: str
    closed_by: Id | None
    closed_at: datetime
    owners: list[Id]


class Objective(Struct, frozen=True):
    """A qualitative goal of its owning units, the primary owner first.

    `invited` are units that were asked to own it too and have not decided yet; they own nothing until they accept.
    `successor` is the objective that what hung on it goes on with, where closing it named one. `continues`: this is a
    copy of that objective, which was closed with its grade when a new cycle began.
    """

    id: Id
    title: str
    description: str | None
    state: ObjectiveState
    version: int
    owners: list[Id]
    cycle: Id | None
    accountable: Id | None
    created_at: datetime
    activated_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    status: ProgressStatus | None = None
    source_key: str | None = None
    invited: list[Id] = []
    successor: Id | None = None
    continues: Id | None = None


class KeyResult(Struct, frozen=True):
    """A measure of one objective or why. Its hop up to what it measures is an ordinary link with `measure` set.

    `continues`: this is a copy of that key result, made with the copy of its objective.
    """

    id: Id
    title: str
    measures: Id
    version: int
    direction: Direction
    created_at: datetime
    start_value: float | None = None
    target_value: float | None = None
    current_value: float | None = None
    measure_unit: str | None = None
    status: ProgressStatus | None = None
    confidence: float | None = None
    removed: bool = False
    description: str | None = None
    source_key: str | None = None
    continues: Id | None = None


class CheckIn(Struct, frozen=True):
    """One reading of a key result."""

    id: Id
    key_result: Id
    value: float
    at: datetime
    by: Id | None
    confidence: float | None = None
    status: ProgressStatus | None = None
    note: str | None = None
    acknowledged_by: Id | None = None
    acknowledged_at: datetime | None = None
    source_key: str | None = None


class LinkRound(Struct, frozen=True):
    """One turn of the conversation about a link, kept for both sides to read."""

    round: int
    unit: Id | None
    by: Id | None
    because: str | None
    in_return: str | None
    at: datetime


class Link(Struct, frozen=True):
    """A child's two-sided link up to a parent.

    `because_version` is the version of the parent that `because` was written or reaffirmed against; None without a
    because, and once the link was moved to a successor, or to or from a copy with another text. `accepted_order` is the
    goals sequence of the event that accepted it: the smallest is the oldest, in every process and after every reload.
    `measure` marks the structural hop of a key result to what it measures: always accepted and explained, never
    withdrawn. `turn` is the side whose move it is while PROPOSED or COUNTERED. `source` names the import that states
    it.
    """

    id: Id
    child: Id
    parent: Id
    kind: LinkKind
    state: LinkState
    round: int
    rounds: list[LinkRound]
    proposed_at: datetime
    proposed_by: Id | None = None
    weight: float | None = None
    because: str | None = None
    because_version: int | None = None
    in_return: str | None = None
    measure: bool = False
    accepted_order: int | None = None
    decided_by: Id | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    turn: Side | None = None
    due_at: datetime | None = None
    kept: Kept | None = None
    source: str | None = None


class FeedbackResponse(Struct, frozen=True):
    """What a unit answered to what a customer said."""

    body: str
    outcome: FeedbackOutcome
    by: Id | None
    unit: Id
    at: datetime


class CustomerFeedback(Struct, frozen=True):
    """What somebody outside said, about any goals, or not yet linked to one."""

    id: Id
    source: str
    body: str
    received_at: datetime
    recorded_by: Id | None
    recorded_at: datetime
    segment: str | None = None
    sentiment: Sentiment | None = None
    about: list[Id] = []
    responses: list[FeedbackResponse] = []


GoalNode = Purpose | Why | Objective | KeyResult
Entity = (
    OrganizationInfo
    | OrgUnit
    | Person
    | Cycle
    | Purpose
    | Why
    | Objective
    | KeyResult
    | CheckIn
    | Link
    | WhyAnswer
    | Question
    | CustomerFeedback
)
