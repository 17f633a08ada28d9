"""The enums of the API: those of the contracts, and the ones only readers need."""

from __future__ import annotations

from enum import StrEnum
from inspect import cleandoc

import strawberry

from gateway.views.turns import TurnKind
from gateway.views.why_coverage import SilentStage
from goldenthread.contracts.enums import (
    AnswerStance,
    AnswerState,
    CellOutcome,
    ConflictChoice,
    Direction,
    Disposition,
    FeedbackOutcome,
    FiscalYearName,
    ImportStep,
    InvitationState,
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
    RowOutcome,
    Sentiment,
    SettlementKind,
    UnitFunction,
    WebhookDisabledReason,
    WhyState,
)
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.alerts import AlertKind, AlertState
from goldenthread.contracts.events.alignment import AlignmentState, OrphanCause, SiloKind
from goldenthread.contracts.plan import PlanFormat, RowType

__all__ = [
    "AlertKind",
    "AlertState",
    "AlignmentState",
    "AnswerStance",
    "AnswerState",
    "CellOutcome",
    "ConflictChoice",
    "Direction",
    "Disposition",
    "ErrorCode",
    "FeedbackOutcome",
    "FiscalYearName",
    "ImportStep",
    "InvitationState",
    "Kept",
    "LinkKind",
    "LinkPolicy",
    "LinkState",
    "ObjectiveOrderField",
    "ObjectiveState",
    "OrderDirection",
    "OrphanCause",
    "PlanFormat",
    "ProgressStatus",
    "PurposeState",
    "QuestionState",
    "Requirement",
    "Role",
    "RowOutcome",
    "RowType",
    "Sentiment",
    "SettlementKind",
    "SilentStage",
    "SiloKind",
    "TurnKind",
    "UnitFunction",
    "WebhookDisabledReason",
    "WhyState",
]


class ObjectiveOrderField(StrEnum):
    """What objectives are ordered by; those without a value come last."""

    TITLE = "TITLE"
    CREATED_AT = "CREATED_AT"
    PROGRESS = "PROGRESS"
    DEPTH = "DEPTH"


class OrderDirection(StrEnum):
    """Ascending or descending."""

    ASC = "ASC"
    DESC = "DESC"


for _name in __all__:
    strawberry.enum(globals()[_name], description=cleandoc(globals()[_name].__doc__ or ""))
