"""The commands goals takes: one struct per GraphQL mutation, tagged with its name.

Field names are those of the GraphQL inputs, in snake case here and camelCase on the wire. Ids are entity ids.
`dry_run` commands are decided and answered with the events they would write, and change nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import Struct

from goldenthread.contracts.entities import (
    AnswerStance,
    Direction,
    Id,
    Kept,
    LinkKind,
    LinkPolicy,
    ObjectiveState,
    ProgressStatus,
    Requirement,
    RoleGrant,
    SettlementKind,
    UnitFunction,
)
from goldenthread.contracts.errors import Problem
from goldenthread.contracts.plan import PlanFormat


class Command(Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", forbid_unknown_fields=True):
    """Base of the commands; the tag (`type`) is the class name."""


class CreateUnit(Command, frozen=True, kw_only=True, tag=True):
    name: str
    function: UnitFunction
    parent: Id | None = None
    lead: Id | None = None


class UpdateUnit(Command, frozen=True, kw_only=True, tag=True):
    unit: Id
    name: str | None = None
    function: UnitFunction | None = None
    lead: Id | None = None


class MoveUnit(Command, frozen=True, kw_only=True, tag=True):
    unit: Id
    parent: Id
    dry_run: bool = False


class AddPerson(Command, frozen=True, kw_only=True, tag=True):
    name: str
    subject: str
    email: str | None = None
    roles: list[RoleGrant] = []


class SetRoles(Command, frozen=True, kw_only=True, tag=True):
    person: Id
    roles: list[RoleGrant]


class RemovePerson(Command, frozen=True, kw_only=True, tag=True):
    person: Id


class OpenCycle(Command, frozen=True, kw_only=True, tag=True):
    name: str
    starts_on: date
    ends_on: date


class SetPolicy(Command, frozen=True, kw_only=True, tag=True):
    link_policy: LinkPolicy | None = None
    alignment_required: Requirement | None = None
    grace_days: int | None = None
    handover_days: int | None = None
    reply_days: int | None = None


class PublishPurpose(Command, frozen=True, kw_only=True, tag=True):
    statement: str
    expected_version: int | None = None
    editorial: bool = False


class RetirePurpose(Command, frozen=True, kw_only=True, tag=True):
    reason: str
    dry_run: bool = False


class PublishWhy(Command, frozen=True, kw_only=True, tag=True):
    statement: str
    because: str
    audience: list[Id]
    serves: Id | None = None
    unit: Id | None = None
    title: str | None = None


class ReviseWhy(Command, frozen=True, kw_only=True, tag=True):
    why: Id
    expected_version: int
    editorial: bool = False
    statement: str | None = None
    because: str | None = None
    audience: list[Id] | None = None
    dry_run: bool = False


class RetireWhy(Command, frozen=True, kw_only=True, tag=True):
    why: Id
    reason: str
    dry_run: bool = False


class AnswerWhy(Command, frozen=True, kw_only=True, tag=True):
    why: Id
    version: int
    unit: Id
    statement: str
    stance: AnswerStance = AnswerStance.TAKES_PART


class ConfirmAnswer(Command, frozen=True, kw_only=True, tag=True):
    answer: Id


class AskQuestion(Command, frozen=True, kw_only=True, tag=True):
    about: Id
    body: str
    unit: Id


class AnswerQuestion(Command, frozen=True, kw_only=True, tag=True):
    question: Id
    body: str


class SettleQuestion(Command, frozen=True, kw_only=True, tag=True):
    question: Id
    kind: SettlementKind
    note: str
    resulting_version: int | None = None


class WithdrawQuestion(Command, frozen=True, kw_only=True, tag=True):
    question: Id


class LinkTarget(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Where a new objective links up to, in the same commit."""

    parent: Id
    because: str
    kind: LinkKind = LinkKind.CONTRIBUTES
    weight: float | None = None


class KeyResultSpec(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A key result to add."""

    title: str
    start_value: float | None = None
    target_value: float | None = None
    measure_unit: str | None = None
    direction: Direction = Direction.INCREASE


class CreateObjective(Command, frozen=True, kw_only=True, tag=True):
    title: str
    owners: list[Id]
    description: str | None = None
    cycle: Id | None = None
    accountable: Id | None = None
    activate: bool = True
    link_to: LinkTarget | None = None
    key_results: list[KeyResultSpec] = []


class UpdateObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id
    title: str | None = None
    description: str | None = None
    accountable: Id | None = None
    cycle: Id | None = None
    editorial: bool = False


class ActivateObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id


class KeptPromise(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Whether the promise in return of a link was kept."""

    link: Id
    kept: Kept


class CloseObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id
    grade: float
    note: str
    kept: list[KeptPromise] = []
    dry_run: bool = False


class ArchiveObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id
    reason: str | None = None
    dry_run: bool = False


class ReopenObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id
    reason: str


class AddKeyResult(Command, frozen=True, kw_only=True, tag=True):
    measures: Id
    key_result: KeyResultSpec


class UpdateKeyResult(Command, frozen=True, kw_only=True, tag=True):
    key_result: Id
    title: str | None = None
    start_value: float | None = None
    target_value: float | None = None
    measure_unit: str | None = None
    direction: Direction | None = None


class RemoveKeyResult(Command, frozen=True, kw_only=True, tag=True):
    key_result: Id
    dry_run: bool = False


class RecordCheckIn(Command, frozen=True, kw_only=True, tag="CheckIn"):
    key_result: Id
    value: float
    confidence: float | None = None
    status: ProgressStatus | None = None
    note: str | None = None


class AcknowledgeCheckIn(Command, frozen=True, kw_only=True, tag=True):
    check_in: Id


class ProposeLink(Command, frozen=True, kw_only=True, tag="Link"):
    child: Id
    parent: Id
    because: str
    kind: LinkKind = LinkKind.CONTRIBUTES
    weight: float | None = None


class AcceptLink(Command, frozen=True, kw_only=True, tag=True):
    link: Id
    round: int
    in_return: str | None = None


class CounterLink(Command, frozen=True, kw_only=True, tag=True):
    link: Id
    round: int
    because: str | None = None
    in_return: str | None = None


class DeclineLink(Command, frozen=True, kw_only=True, tag=True):
    link: Id
    round: int
    reason: str


class WithdrawLink(Command, frozen=True, kw_only=True, tag=True):
    link: Id
    reason: str
    dry_run: bool = False


class ReaffirmLinks(Command, frozen=True, kw_only=True, tag=True):
    links: list[Id]
    because: str | None = None


class ImportPlan(Command, frozen=True, kw_only=True, tag=True):
    """`as` of the GraphQL input is `as_state` here. `content` is the file's text (StratML: its XML)."""

    source: str
    content: str
    format: PlanFormat | None = None
    unit: Id | None = None
    cycle: Id | None = None
    as_state: ObjectiveState = ObjectiveState.ACTIVE
    replace_purpose: bool = False
    close_past: bool = False
    dry_run: bool = False


AnyCommand = (
    CreateUnit
    | UpdateUnit
    | MoveUnit
    | AddPerson
    | SetRoles
    | RemovePerson
    | OpenCycle
    | SetPolicy
    | PublishPurpose
    | RetirePurpose
    | PublishWhy
    | ReviseWhy
    | RetireWhy
    | AnswerWhy
    | ConfirmAnswer
    | AskQuestion
    | AnswerQuestion
    | SettleQuestion
    | WithdrawQuestion
    | CreateObjective
    | UpdateObjective
    | ActivateObjective
    | CloseObjective
    | ArchiveObjective
    | ReopenObjective
    | AddKeyResult
    | UpdateKeyResult
    | RemoveKeyResult
    | RecordCheckIn
    | AcknowledgeCheckIn
    | ProposeLink
    | AcceptLink
    | CounterLink
    | DeclineLink
    | WithdrawLink
    | ReaffirmLinks
    | ImportPlan
)


class ImportReport(Struct, frozen=True, rename="camel"):
    """What an import did or would do; nothing is dropped silently. Counts are rows of the file."""

    taken: int
    created: int
    updated: int
    unchanged: int
    missing: list[str]
    skipped: list[ImportProblem]


class ImportProblem(Struct, frozen=True, rename="camel"):
    """A row that was not taken, or only in part, and why."""

    row: str
    message: str


class Accepted(Struct, frozen=True, rename="camel"):
    """What goals (or notifications) answers to an accepted command.

    `ids` are the entities it is about, the main one first; `revision` is the last sequence it wrote (the unchanged head
    when it changed nothing, or for a dry run); `events` what it wrote (or would write), as CloudEvents JSON. `secret`
    is what the deliveries of a new webhook are signed with: said here and nowhere else.
    """

    revision: int
    ids: list[Id]
    events: list[Any] = []
    warnings: list[Problem] = []
    dry_run: bool = False
    report: ImportReport | None = None
    secret: str | None = None


class RefusedAnswer(Struct, frozen=True, rename="camel"):
    """What goals answers to a refused command, with an HTTP status of 4xx or 503."""

    errors: list[Problem]
