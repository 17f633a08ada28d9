"""The public state of everything an organization keeps.

Events carry these structs whole, snapshots are lists of them, and `Organization` (see `organization.py`) is a fold of
them; so there is one definition of what an objective *is*. All are immutable; times are aware UTC datetimes.
"""

from __future__ import annotations

from goldenthread.contracts.entities.ids import Id
from goldenthread.contracts.entities.links import Link, LinkRound
from goldenthread.contracts.entities.listening import (
    CustomerFeedback,
    FeedbackResponse,
    Question,
    QuestionAnswer,
    Settlement,
)
from goldenthread.contracts.entities.objectives import CheckIn, KeyResult, Objective, Outcome
from goldenthread.contracts.entities.organization import (
    Cycle,
    OrganizationInfo,
    OrgUnit,
    Person,
    PersonInvitation,
    Policy,
    RoleGrant,
)
from goldenthread.contracts.entities.whys import Purpose, Why, WhyAnswer

__all__ = [
    "CheckIn",
    "CustomerFeedback",
    "Cycle",
    "Entity",
    "FeedbackResponse",
    "GoalNode",
    "Id",
    "KeyResult",
    "Link",
    "LinkRound",
    "Objective",
    "OrgUnit",
    "OrganizationInfo",
    "Outcome",
    "Person",
    "PersonInvitation",
    "Policy",
    "Purpose",
    "Question",
    "QuestionAnswer",
    "RoleGrant",
    "Settlement",
    "Why",
    "WhyAnswer",
]

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
