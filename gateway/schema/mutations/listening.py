"""Answers to whys, questions, and what customers say."""

from __future__ import annotations

import strawberry

from gateway.request.context import Info
from gateway.schema.core.node import field
from gateway.schema.core.send import send
from gateway.schema.mutations import listening_inputs as i
from gateway.schema.mutations import listening_payloads as p
from goldenthread.contracts.commands import listening as c


@strawberry.type
class ListeningMutations:
    """Answers to whys, questions, and what customers say."""

    @field
    async def answer_why(self, info: Info, input: i.AnswerWhyInput) -> p.WhyAnswerPayload:
        """Say what a why means for a unit, which passes it on to the units below. DISAGREES opens a question."""
        return p.WhyAnswerPayload(view=info.context.view, done=await send(info, c.AnswerWhy, input))

    @field
    async def confirm_answer(self, info: Info, input: i.ConfirmAnswerInput) -> p.WhyAnswerPayload:
        """Confirm an answer to a why: it is as the why was meant."""
        return p.WhyAnswerPayload(view=info.context.view, done=await send(info, c.ConfirmAnswer, input))

    @field
    async def ask_question(self, info: Info, input: i.AskQuestionInput) -> p.QuestionPayload:
        """Ask about a purpose, why, objective, key result, link or answer."""
        return p.QuestionPayload(view=info.context.view, done=await send(info, c.AskQuestion, input))

    @field
    async def answer_question(self, info: Info, input: i.AnswerQuestionInput) -> p.QuestionPayload:
        """Answer a question; it is the asker's turn then."""
        return p.QuestionPayload(view=info.context.view, done=await send(info, c.AnswerQuestion, input))

    @field
    async def settle_question(self, info: Info, input: i.SettleQuestionInput) -> p.QuestionPayload:
        """Say how a question ended; it stays on the node."""
        return p.QuestionPayload(view=info.context.view, done=await send(info, c.SettleQuestion, input))

    @field
    async def withdraw_question(self, info: Info, input: i.WithdrawQuestionInput) -> p.QuestionPayload:
        """Take a question back."""
        return p.QuestionPayload(view=info.context.view, done=await send(info, c.WithdrawQuestion, input))

    @field
    async def record_feedback(self, info: Info, input: i.RecordFeedbackInput) -> p.FeedbackPayload:
        """Record feedback of a customer."""
        return p.FeedbackPayload(view=info.context.view, done=await send(info, c.RecordFeedback, input))

    @field
    async def record_feedback_items(self, info: Info, input: i.RecordFeedbackItemsInput) -> p.FeedbackItemsPayload:
        """Record several items of feedback at once, all of them or none."""
        return p.FeedbackItemsPayload(view=info.context.view, done=await send(info, c.RecordFeedbackItems, input))

    @field
    async def link_feedback(self, info: Info, input: i.LinkFeedbackInput) -> p.FeedbackPayload:
        """Link feedback to goals, and unlink it from others."""
        return p.FeedbackPayload(view=info.context.view, done=await send(info, c.LinkFeedback, input))

    @field
    async def respond_to_feedback(self, info: Info, input: i.RespondToFeedbackInput) -> p.FeedbackPayload:
        """Respond to feedback for a unit, with the outcome."""
        return p.FeedbackPayload(view=info.context.view, done=await send(info, c.RespondToFeedback, input))
