"""What goals publishes about the purpose, the whys and the answers to them."""

from __future__ import annotations

from goldenthread.contracts.entities import Id, Purpose, Why, WhyAnswer
from goldenthread.contracts.events.goals.payload import GoalsPayload


class PurposePublished(GoalsPayload, frozen=True):
    purpose: Purpose


class PurposeRevised(GoalsPayload, frozen=True):
    purpose: Purpose
    before: Purpose
    editorial: bool = False


class PurposeRetired(GoalsPayload, frozen=True):
    purpose: Purpose
    reason: str


class WhyPublished(GoalsPayload, frozen=True):
    why: Why


class WhyRevised(GoalsPayload, frozen=True):
    why: Why
    before: Why
    editorial: bool = False


class WhyRetired(GoalsPayload, frozen=True):
    why: Why
    reason: str
    successor: Id | None = None


class WhyAnswered(GoalsPayload, frozen=True):
    """A unit says what a why means for it; `before` is what it said until now."""

    answer: WhyAnswer
    before: WhyAnswer | None = None


class WhyAnswerConfirmed(GoalsPayload, frozen=True):
    answer: WhyAnswer
