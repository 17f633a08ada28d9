"""The commands goals takes: one struct per GraphQL mutation, tagged with its name.

Field names are those of the GraphQL inputs, in snake case here and camelCase on the wire. Ids are entity ids.
`dry_run` commands are decided and answered with the events they would write, and change nothing.
"""

from __future__ import annotations

from goldenthread.contracts.commands.endings import (
    CarryOver,
    CloseCycle,
    CloseObjective,
    CopyKeyResult,
    CopyObjective,
    KeptPromise,
    OthersOutcome,
    OutcomeOf,
)
from goldenthread.contracts.commands.imports import ImportPlan
from goldenthread.contracts.commands.links import (
    AcceptLink,
    CounterLink,
    DeclineLink,
    ProposeLink,
    ReaffirmLinks,
    WithdrawLink,
)
from goldenthread.contracts.commands.listening import (
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
from goldenthread.contracts.commands.objectives import (
    AcknowledgeCheckIn,
    ActivateObjective,
    AddKeyResult,
    ArchiveObjective,
    CreateObjective,
    DecideCoOwnership,
    KeyResultSpec,
    LinkTarget,
    RecordCheckIn,
    RemoveKeyResult,
    ReopenObjective,
    UpdateKeyResult,
    UpdateObjective,
)
from goldenthread.contracts.commands.organization import (
    AddPerson,
    CloseUnit,
    CreateServiceAccount,
    CreateUnit,
    ErasePerson,
    MoveUnit,
    OpenCycle,
    RemovePerson,
    ReopenCycle,
    RevokeServiceAccount,
    SetPolicy,
    SetRoles,
    UpdateOrganization,
    UpdatePerson,
    UpdateUnit,
)
from goldenthread.contracts.commands.people import (
    ConfirmInvitation,
    InvitePerson,
    MoveLogins,
    RevokeInvitation,
    SubjectMove,
    UndoInvitation,
)
from goldenthread.contracts.commands.whys import PublishPurpose, PublishWhy, RetirePurpose, RetireWhy, ReviseWhy

__all__ = [
    "AcceptLink",
    "AcknowledgeCheckIn",
    "ActivateObjective",
    "AddKeyResult",
    "AddPerson",
    "AnyCommand",
    "ArchiveObjective",
    "CarryOver",
    "CloseCycle",
    "CloseObjective",
    "CloseUnit",
    "ConfirmInvitation",
    "CopyKeyResult",
    "CopyObjective",
    "CounterLink",
    "CreateObjective",
    "CreateServiceAccount",
    "CreateUnit",
    "DecideCoOwnership",
    "DeclineLink",
    "ErasePerson",
    "ImportPlan",
    "InvitePerson",
    "KeptPromise",
    "KeyResultSpec",
    "LinkTarget",
    "MoveLogins",
    "MoveUnit",
    "OpenCycle",
    "OthersOutcome",
    "OutcomeOf",
    "ProposeLink",
    "PublishPurpose",
    "PublishWhy",
    "ReaffirmLinks",
    "RecordCheckIn",
    "RemoveKeyResult",
    "RemovePerson",
    "ReopenCycle",
    "ReopenObjective",
    "RetirePurpose",
    "RetireWhy",
    "ReviseWhy",
    "RevokeInvitation",
    "RevokeServiceAccount",
    "SetPolicy",
    "SetRoles",
    "SubjectMove",
    "UndoInvitation",
    "UpdateKeyResult",
    "UpdateObjective",
    "UpdateOrganization",
    "UpdatePerson",
    "UpdateUnit",
    "WithdrawLink",
]

AnyCommand = (
    UpdateOrganization
    | CreateUnit
    | UpdateUnit
    | MoveUnit
    | AddPerson
    | UpdatePerson
    | SetRoles
    | RemovePerson
    | ErasePerson
    | CreateServiceAccount
    | RevokeServiceAccount
    | InvitePerson
    | RevokeInvitation
    | ConfirmInvitation
    | UndoInvitation
    | MoveLogins
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
