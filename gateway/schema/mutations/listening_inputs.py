"""What mutations of answers, questions and feedback take: the commands of the contracts, under their GraphQL names."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry import ID

from gateway.schema.core.enums import AnswerStance, FeedbackOutcome, Sentiment, SettlementKind


@strawberry.input
class AnswerWhyInput:
    """What a why means for a unit, in its own words; `version` is the one that was read."""

    why: ID
    version: int
    unit: ID
    stance: AnswerStance = AnswerStance.TAKES_PART
    statement: str
    idempotency_key: str | None = None


@strawberry.input
class ConfirmAnswerInput:
    """Confirm an answer to a why: it is as the why was meant."""

    answer: ID
    idempotency_key: str | None = None


@strawberry.input
class AskQuestionInput:
    """A question of a unit."""

    about: ID
    body: str
    unit: ID
    idempotency_key: str | None = None


@strawberry.input
class AnswerQuestionInput:
    """An answer by the side that is asked."""

    question: ID
    body: str
    idempotency_key: str | None = None


@strawberry.input
class SettleQuestionInput:
    """How it ended, said by the asker's side; AMENDED (and nothing else) names the version it led to."""

    question: ID
    kind: SettlementKind
    note: str
    resulting_version: int | None = None
    idempotency_key: str | None = None


@strawberry.input
class WithdrawQuestionInput:
    """A question is taken back."""

    question: ID
    idempotency_key: str | None = None


@strawberry.input
class RecordFeedbackInput:
    """Feedback of a customer; it need not be about a goal yet."""

    source: str
    body: str
    segment: str | None = None
    sentiment: Sentiment | None = None
    received_at: datetime | None = None
    about: list[ID] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


@strawberry.input
class FeedbackItemInput:
    """One of several items of feedback."""

    source: str
    body: str
    segment: str | None = None
    sentiment: Sentiment | None = None
    received_at: datetime | None = None
    about: list[ID] = strawberry.field(default_factory=list)


@strawberry.input
class RecordFeedbackItemsInput:
    """Several items of feedback: all of them are recorded, or none. `dryRun` checks it and keeps nothing."""

    items: list[FeedbackItemInput]
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class LinkFeedbackInput:
    """The goals to link feedback to, and to unlink it from."""

    feedback: ID
    add: list[ID] = strawberry.field(default_factory=list)
    remove: list[ID] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


@strawberry.input
class RespondToFeedbackInput:
    """A unit's response to feedback, and the outcome."""

    feedback: ID
    unit: ID
    body: str
    outcome: FeedbackOutcome
    idempotency_key: str | None = None
