"""What mutations of answers, questions and feedback answer."""

from __future__ import annotations

import strawberry

from gateway.schema.core.node import field
from gateway.schema.mutations.payloads import MutationPayload
from gateway.schema.types.answers import WhyAnswer
from gateway.schema.types.feedback import CustomerFeedback
from gateway.schema.types.questions import Question


@strawberry.type
class WhyAnswerPayload(MutationPayload):
    """What became of an answer to a why."""

    @field
    def answer(self) -> WhyAnswer | None:
        """The answer as it is now."""
        row = self.view.org.answers.get(self.done.main or "")
        return WhyAnswer(view=self.view, row=row) if row else None


@strawberry.type
class QuestionPayload(MutationPayload):
    """What became of a question."""

    @field
    def question(self) -> Question | None:
        """The question as it is now."""
        row = self.view.org.questions.get(self.done.main or "")
        return Question(view=self.view, row=row) if row else None


@strawberry.type
class FeedbackPayload(MutationPayload):
    """The result of recording, linking or responding to feedback."""

    @field
    def feedback(self) -> CustomerFeedback | None:
        """The feedback as it is now."""
        row = self.view.org.feedback.get(self.done.main or "")
        return CustomerFeedback(view=self.view, row=row) if row else None


@strawberry.type
class FeedbackItemsPayload(MutationPayload):
    """The result of recording several items of feedback."""

    @field
    def feedback(self) -> list[CustomerFeedback]:
        """What was kept, in the order given; nothing of a dry run."""
        known = self.view.org.feedback
        return [CustomerFeedback(view=self.view, row=known[id]) for id in self.done.ids if id in known]
