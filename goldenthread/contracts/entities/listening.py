"""Questions and customer feedback."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.entities.ids import Id
from goldenthread.contracts.enums import FeedbackOutcome, QuestionState, Sentiment, SettlementKind


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
