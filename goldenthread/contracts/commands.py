"""The commands goals takes: one struct per GraphQL mutation, tagged with its name.

Field names are those of the GraphQL inputs, in snake case here and camelCase on the wire. Ids are entity ids.
`dry_run` commands are decided and answered with the events they would write, and change nothing.
"""

from __future__ import annotations

from datetime import date

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import force_setattr

from goldenthread.contracts.command import Change, Command
from goldenthread.contracts.commands_endings import CarryOver as CarryOver
from goldenthread.contracts.commands_endings import CloseCycle as CloseCycle
from goldenthread.contracts.commands_endings import CloseObjective as CloseObjective
from goldenthread.contracts.commands_endings import CopyKeyResult as CopyKeyResult
from goldenthread.contracts.commands_endings import CopyObjective as CopyObjective
from goldenthread.contracts.commands_endings import KeptPromise as KeptPromise
from goldenthread.contracts.commands_endings import OthersOutcome as OthersOutcome
from goldenthread.contracts.commands_endings import OutcomeOf as OutcomeOf
from goldenthread.contracts.commands_imports import ImportPlan as ImportPlan
from goldenthread.contracts.commands_listening import (
    AnswerQuestion,
    AnswerWhy,
    AskQuestion,
    ConfirmAnswer,
    LinkFeedback,
    RecordFeedback,
    RecordFeedbackItems,
    RespondToFeedback,
    SettleQuestion,
    WithdrawQuestion,
)
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import (
    Direction,
    FiscalYearName,
    LinkKind,
    LinkPolicy,
    ProgressStatus,
    Requirement,
    UnitFunction,
)


class UpdateOrganization(Change, frozen=True, kw_only=True, tag=True):
    name: str | None = None


class CreateUnit(Command, frozen=True, kw_only=True, tag=True):
    name: str
    function: UnitFunction
    parent: Id | None = None
    lead: Id | None = None


class UpdateUnit(Change, frozen=True, kw_only=True, tag=True):
    unit: Id
    name: str | None = None
    function: UnitFunction | None = None
    lead: Id | None = None


class MoveUnit(Command, frozen=True, kw_only=True, tag=True):
    unit: Id
    parent: Id
    dry_run: bool = False


class AddPerson(Command, frozen=True, kw_only=True, tag=True):
    """`issuer` vouches for the login; without it, the issuer that goals is set up with."""

    name: str
    subject: str
    email: str | None = None
    roles: list[RoleGrant] = []
    issuer: str | UnsetType = UNSET


class UpdatePerson(Change, frozen=True, kw_only=True, tag=True):
    """A service account has a name and a login as well, and no e-mail address. `subject` and `issuer` are the login."""

    person: Id
    name: str | None = None
    email: str | None = None
    subject: str | None = None
    issuer: str | None = None


class SetRoles(Command, frozen=True, kw_only=True, tag=True):
    person: Id
    roles: list[RoleGrant]


class RemovePerson(Command, frozen=True, kw_only=True, tag=True):
    person: Id
    successor: Id | None = None


class CreateServiceAccount(Command, frozen=True, kw_only=True, tag=True):
    """`issuer` as in `AddPerson`."""

    name: str
    subject: str
    roles: list[RoleGrant] = []
    issuer: str | UnsetType = UNSET


class RevokeServiceAccount(Command, frozen=True, kw_only=True, tag=True):
    service_account: Id


class CloseUnit(Command, frozen=True, kw_only=True, tag=True):
    unit: Id
    successor: Id
    dry_run: bool = False


class OpenCycle(Command, frozen=True, kw_only=True, tag=True):
    name: str
    starts_on: date
    ends_on: date


class ReopenCycle(Command, frozen=True, kw_only=True, tag=True):
    cycle: Id
    reason: str
    dry_run: bool = False


class SetPolicy(Change, frozen=True, kw_only=True, tag=True):
    link_policy: LinkPolicy | None = None
    alignment_required: Requirement | None = None
    grace_days: int | None = None
    handover_days: int | None = None
    reply_days: int | None = None
    fiscal_year_start: int | None = None
    fiscal_year_named_by: FiscalYearName | None = None


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


class ReviseWhy(Change, frozen=True, kw_only=True, tag=True):
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
    successor: Id | None = None
    dry_run: bool = False


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


class UpdateObjective(Change, frozen=True, kw_only=True, tag=True):
    objective: Id
    title: str | None = None
    description: str | None = None
    accountable: Id | None = None
    cycle: Id | None = None
    owners: list[Id] | None = None
    editorial: bool = False


class DecideCoOwnership(Command, frozen=True, kw_only=True, tag=True):
    objective: Id
    unit: Id
    accept: bool


class ActivateObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id


class ArchiveObjective(Command, frozen=True, kw_only=True, tag=True):
    objective: Id
    reason: str | None = None
    dry_run: bool = False


class ReopenObjective(Change, frozen=True, kw_only=True, tag=True):
    """`cycle`: where it goes on; needed where its own was closed. Clear it for an objective without a cycle."""

    objective: Id
    reason: str
    cycle: Id | None = None


class AddKeyResult(Command, frozen=True, kw_only=True, tag=True):
    measures: Id
    key_result: KeyResultSpec


class UpdateKeyResult(Change, frozen=True, kw_only=True, tag=True):
    key_result: Id
    title: str | None = None
    start_value: float | None = None
    target_value: float | None = None
    measure_unit: str | None = None
    direction: Direction | None = None


class RemoveKeyResult(Command, frozen=True, kw_only=True, tag=True):
    key_result: Id
    dry_run: bool = False


class RecordCheckIn(Change, frozen=True, kw_only=True, tag="CheckIn"):
    key_result: Id
    value: float
    confidence: float | None = None
    status: ProgressStatus | None = None
    note: str | None = None


class AcknowledgeCheckIn(Command, frozen=True, kw_only=True, tag=True):
    check_in: Id


class ProposeLink(Command, frozen=True, kw_only=True, tag="Link"):
    """Without a because, the terms that these two had the last time are offered again, but for what is given here.

    With one, the kind is CONTRIBUTES unless given.
    """

    child: Id
    parent: Id
    because: str | None = None
    kind: LinkKind | None = None
    weight: float | None = None

    def __post_init__(self) -> None:
        # So that a request of a time when each had a because and a kind is known again by its idempotency key.
        if self.because is not None and self.kind is None:
            force_setattr(self, "kind", LinkKind.CONTRIBUTES)


class AcceptLink(Command, frozen=True, kw_only=True, tag=True):
    link: Id
    round: int
    in_return: str | None = None


class CounterLink(Change, frozen=True, kw_only=True, tag=True):
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


AnyCommand = (
    UpdateOrganization
    | CreateUnit
    | UpdateUnit
    | MoveUnit
    | AddPerson
    | UpdatePerson
    | SetRoles
    | RemovePerson
    | CreateServiceAccount
    | RevokeServiceAccount
    | CloseUnit
    | OpenCycle
    | CloseCycle
    | ReopenCycle
    | CarryOver
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
    | DecideCoOwnership
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
    | RecordFeedback
    | RecordFeedbackItems
    | LinkFeedback
    | RespondToFeedback
    | ImportPlan
)
