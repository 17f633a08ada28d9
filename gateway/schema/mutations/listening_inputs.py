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
    """So we meant it."""

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
    """What somebody outside said; about nothing in particular at first, if need be."""

    source: str
    body: str
    segment: str | None = None
    sentiment: Sentiment | None = None
    received_at: datetime | None = None
    about: list[ID] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


@strawberry.input
class FeedbackItemInput:
    """One of many things that customers said."""

    source: str
    body: str
    segment: str | None = None
    sentiment: Sentiment | None = None
    received_at: datetime | None = None
    about: list[ID] = strawberry.field(default_factory=list)


@strawberry.input
class RecordFeedbackItemsInput:
    """What customers said: all of it is kept, or none. `dryRun` checks it and keeps nothing."""

    items: list[FeedbackItemInput]
    dry_run: bool = False
    idempotency_key: str | None = None


@strawberry.input
class LinkFeedbackInput:
    """The goals it is about, and those it is not."""

    feedback: ID
    add: list[ID] = strawberry.field(default_factory=list)
    remove: list[ID] = strawberry.field(default_factory=list)
    idempotency_key: str | None = None


@strawberry.input
class RespondToFeedbackInput:
    """What a unit answers, and what became of it."""

    feedback: ID
    unit: ID
    body: str
    outcome: FeedbackOutcome
    idempotency_key: str | None = None
