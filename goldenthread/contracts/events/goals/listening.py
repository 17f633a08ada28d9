"""What goals publishes about questions and customer feedback."""

from __future__ import annotations

from goldenthread.contracts.entities import CustomerFeedback, Id, Question
from goldenthread.contracts.events.goals.payload import GoalsPayload


class QuestionAsked(GoalsPayload, frozen=True):
    question: Question


class QuestionAnswered(GoalsPayload, frozen=True):
    question: Question


class QuestionSettled(GoalsPayload, frozen=True):
    question: Question


class QuestionWithdrawn(GoalsPayload, frozen=True):
    question: Question


class QuestionMoved(GoalsPayload, frozen=True):
    """What it is about, or a unit or person of it, was replaced by a successor."""

    question: Question
    before: Question


class FeedbackReceived(GoalsPayload, frozen=True):
    feedback: CustomerFeedback


class FeedbackLinked(GoalsPayload, frozen=True):
    feedback: CustomerFeedback
    added: list[Id]


class FeedbackUnlinked(GoalsPayload, frozen=True):
    feedback: CustomerFeedback
    dropped: list[Id]


class FeedbackAnswered(GoalsPayload, frozen=True):
    feedback: CustomerFeedback
