"""Answers, questions and feedback where they end, begin again or are full: who is owed what, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import FeedbackResponse, Id, Question, RoleGrant
from goldenthread.contracts.enums import AnswerStance, FeedbackOutcome, QuestionState, SettlementKind
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import FeedbackUnlinked
from services.goals.domain.clock import timer_rules as clock
from tests.unit.goals.world import Acme


class Talk(Acme):
    """A why of the root told to Tech and Sales; an objective of Web."""

    def __init__(self) -> None:
        super().__init__()
        told = [self.tech, self.sales]
        self.why = self.id(c.PublishWhy(statement="Be fast", because="speed", audience=told), self.executive)
        self.goal = self.objective(self.web)

    def answer(self, unit: Id, stance: AnswerStance = AnswerStance.TAKES_PART, words: str = "we will") -> Id:
        version = self.org.whys[self.why].version
        return self.id(l.AnswerWhy(why=self.why, version=version, unit=unit, statement=words, stance=stance))

    def ask(self, about: Id, unit: Id, actor: Id | None = None) -> Id:
        return self.id(l.AskQuestion(about=about, body="?", unit=unit), actor)

    def reply(self, question: Id, actor: Id | None = None) -> Question:
        self.do(l.AnswerQuestion(question=question, body="So."), actor)
        return self.org.questions[question]


@pytest.fixture
def acme() -> Talk:
    return Talk()


# -- answers to whys ---------------------------------------------------------------------------------------------------


def test_the_same_answer_again_changes_nothing_and_another_stance_does(acme: Talk) -> None:
    answer = acme.answer(acme.tech)
    again = l.AnswerWhy(why=acme.why, version=1, unit=acme.tech, statement=" we will ")
    decision = acme.do(again)
    assert (decision.facts, decision.ids) == ([], [answer])
    acme.answer(acme.tech, AnswerStance.NO_PART)
    assert acme.org.answers[answer].stance is AnswerStance.NO_PART


def test_an_answer_to_the_next_version_passes_that_on_from_then(acme: Talk) -> None:
    answer = acme.answer(acme.tech)
    acme.do(c.ReviseWhy(why=acme.why, expected_version=1, statement="Be kind"))
    acme.later(days=2)
    acme.answer(acme.tech)
    assert (acme.org.answers[answer].version, acme.org.answers[answer].passed_on_at) == (2, acme.now)


def test_only_who_disagrees_asks_by_answering(acme: Talk) -> None:
    for stance in (AnswerStance.TAKES_PART, AnswerStance.NO_PART):
        acme.answer(acme.tech, stance)
        assert acme.org.questions == {}
    acme.answer(acme.tech, AnswerStance.DISAGREES)
    assert len(acme.org.questions) == 1


def test_who_disagrees_asks_though_another_unit_asks_or_their_own_question_is_over(acme: Talk) -> None:
    acme.ask(acme.why, acme.sales)
    over = acme.ask(acme.why, acme.tech)
    acme.do(l.WithdrawQuestion(question=over))
    acme.answer(acme.tech, AnswerStance.DISAGREES)
    asked = [each.unit for each in acme.org.questions.values() if each.state is QuestionState.OPEN]
    assert asked == [acme.sales, acme.tech]


def test_an_answer_is_confirmed_once(acme: Talk) -> None:
    answer = acme.answer(acme.tech)
    acme.do(l.ConfirmAnswer(answer=answer), acme.executive)
    decision = acme.do(l.ConfirmAnswer(answer=answer))
    assert (decision.facts, decision.ids) == ([], [answer])
    assert acme.org.answers[answer].confirmed_by == acme.executive


def test_a_retired_why_is_neither_answered_nor_are_its_answers_confirmed(acme: Talk) -> None:
    answer = acme.answer(acme.tech)
    acme.do(c.RetireWhy(why=acme.why, reason="r"))
    answering = l.AnswerWhy(why=acme.why, version=1, unit=acme.sales, statement="we")
    for command in (answering, l.ConfirmAnswer(answer=answer)):
        problem = acme.refused(command)
        assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["why"])
        assert "retired" in problem.message


# -- questions ---------------------------------------------------------------------------------------------------------


def test_whoever_has_a_role_asks_and_who_has_none_does_not(acme: Talk) -> None:
    acme.ask(acme.goal, acme.root, acme.viewer)
    command = l.AskQuestion(about=acme.goal, body="?", unit=acme.root)
    problem = acme.refused(command, acme.person())
    assert (problem.code, problem.path) == (ErrorCode.FORBIDDEN, ["unit"])


def test_who_asked_has_the_time_of_a_reply_from_the_first_answer_on(acme: Talk) -> None:
    question = acme.ask(acme.goal, acme.sales)
    acme.later(days=2)
    due_at = acme.reply(question).due_at
    assert due_at == acme.now + timedelta(days=7)
    acme.later(days=2)
    assert acme.reply(question).due_at == due_at


def test_a_question_that_is_answered_may_be_taken_back_and_one_that_is_settled_may_not(acme: Talk) -> None:
    first, second = acme.ask(acme.goal, acme.sales), acme.ask(acme.goal, acme.sales)
    acme.reply(first)
    acme.reply(second)
    acme.do(l.WithdrawQuestion(question=first))
    assert acme.org.questions[first].state is QuestionState.WITHDRAWN
    acme.do(l.SettleQuestion(question=second, kind=SettlementKind.AGREED, note="n"))
    assert acme.refused(l.WithdrawQuestion(question=second)).code is ErrorCode.STATE_NOT_ALLOWED


def test_whom_a_question_escalates_to_has_the_days_of_the_policy(acme: Talk) -> None:
    question = acme.ask(acme.goal, acme.sales)
    acme.do(c.SetPolicy(reply_days=3))
    (timer,) = clock.timers(acme.org, question, acme.now)
    fact = clock.ring(acme.org, timer, timer.due_at)
    assert fact is not None
    acme.org.apply(fact.payload)
    escalated = acme.org.questions[question]
    assert (escalated.asked, escalated.due_at) == (acme.root, timer.due_at + timedelta(days=3))


def test_a_question_about_an_answer_or_a_link_is_answered_by_who_decides_for_the_unit_that_is_asked(
    acme: Talk,
) -> None:
    link = acme.propose(acme.goal, acme.objective(acme.sales), acme.web_member)
    member = acme.person(RoleGrant(R.MEMBER, acme.tech))
    for about in (acme.answer(acme.tech), link.id):
        question = acme.ask(about, acme.sales)
        assert acme.org.questions[question].asked == acme.tech
        for actor in (member, acme.sales_lead):
            command = l.AnswerQuestion(question=question, body="So.")
            assert acme.refused(command, actor).code is ErrorCode.FORBIDDEN
        acme.reply(question, acme.tech_lead)


def test_a_question_about_a_link_that_was_amended_names_the_round_it_led_to(acme: Talk) -> None:
    link = acme.propose(acme.goal, acme.objective(acme.sales), acme.web_member)
    question = acme.ask(link.id, acme.sales)
    acme.reply(question)
    acme.do(c.CounterLink(link=link.id, round=1, because="x"), acme.sales_lead)
    amended = l.SettleQuestion(question=question, kind=SettlementKind.AMENDED, note="n", resulting_version=3)
    problem = acme.refused(amended)
    assert (problem.code, "at version 2" in problem.message) == (ErrorCode.STALE_VERSION, True)
    acme.do(replace(amended, resulting_version=2))


# -- feedback ----------------------------------------------------------------------------------------------------------


def test_feedback_is_unlinked_without_being_linked_anew(acme: Talk) -> None:
    feedback = acme.id(l.RecordFeedback(source="s", body="b", about=[acme.goal]))
    decision = acme.do(l.LinkFeedback(feedback=feedback, remove=[acme.goal]))
    assert [type(fact.payload) for fact in decision.facts] == [FeedbackUnlinked]
    assert decision.ids == [feedback]


def test_what_comes_in_this_very_moment_has_come(acme: Talk) -> None:
    feedback = acme.id(l.RecordFeedback(source="s", body="b", received_at=acme.now))
    assert acme.org.feedback[feedback].received_at == acme.now


def test_a_thousand_items_are_kept_at_once(acme: Talk) -> None:
    items = [l.FeedbackItem(source="s", body="b")] * 1_000
    assert len(acme.do(l.RecordFeedbackItems(items=items), dry_run=True).facts) == 1_000


def test_a_thousand_responses_are_kept_and_no_more(acme: Talk) -> None:
    feedback = acme.id(l.RecordFeedback(source="s", body="b"))
    said = [
        FeedbackResponse(str(number), FeedbackOutcome.HEARD, acme.boss, acme.sales, acme.now) for number in range(999)
    ]
    acme.org.begin()
    acme.org.put(replace(acme.org.feedback[feedback], responses=said))
    acme.org.commit()
    respond = l.RespondToFeedback(feedback=feedback, unit=acme.sales, body="b", outcome=FeedbackOutcome.HEARD)
    acme.do(respond)
    assert acme.do(respond).ids == [feedback]
    problem = acme.refused(replace(respond, body="another"))
    assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, ["feedback"])
