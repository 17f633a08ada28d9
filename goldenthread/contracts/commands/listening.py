"""The commands of listening: answers to whys, questions, what customers say. See the package."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.entities import Id
from goldenthread.contracts.enums import AnswerStance, FeedbackOutcome, Sentiment, SettlementKind


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


class RecordFeedback(Command, frozen=True, kw_only=True, tag=True):
    source: str
    body: str
    segment: str | None = None
    sentiment: Sentiment | None = None
    received_at: datetime | None = None
    about: list[Id] = []


class FeedbackItem(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """One of many things that customers said, as `RecordFeedback` takes one."""

    source: str
    body: str
    segment: str | None = None
    sentiment: Sentiment | None = None
    received_at: datetime | None = None
    about: list[Id] = []


class RecordFeedbackItems(Command, frozen=True, kw_only=True, tag=True):
    items: list[FeedbackItem]
    dry_run: bool = False


class LinkFeedback(Command, frozen=True, kw_only=True, tag=True):
    feedback: Id
    add: list[Id] = []
    remove: list[Id] = []


class RespondToFeedback(Command, frozen=True, kw_only=True, tag=True):
    feedback: Id
    unit: Id
    body: str
    outcome: FeedbackOutcome
