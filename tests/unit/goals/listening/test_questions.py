"""Questions: asked, answered, settled by the asker's side, escalated by the clock, unheard at the top."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import QuestionState, SettlementKind
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from services.goals.domain.clock import timer_rules as clock
from services.goals.domain.clock.timer_rules import TimerKind
from tests.unit.goals.world import Acme


class Asking(Acme):
    """Web (below Tech) has an objective; Sales asks about it."""

    def __init__(self) -> None:
        super().__init__()
        self.web_lead = self.person(RoleGrant(R.LEAD, self.web))
        self.goal = self.objective(self.web, "Fast pages")
        ask = l.AskQuestion(about=self.goal, body="How fast?", unit=self.sales)
        self.question = self.id(ask, self.sales_member)

    @property
    def state(self) -> QuestionState:
        return self.org.questions[self.question].state

    def ring(self) -> None:
        (timer,) = clock.timers(self.org, self.question, self.now)
        assert timer.kind is TimerKind.QUESTION
        self.now = max(self.now, timer.due_at)
        fact = clock.ring(self.org, timer, self.now)
        assert fact is not None
        self.org.apply(fact.payload)


@pytest.fixture
def acme() -> Asking:
    return Asking()


def test_a_question_awaits_the_side_that_speaks_for_what_it_is_about(acme: Asking) -> None:
    question = acme.org.questions[acme.question]
    assert (question.state, question.unit, question.asked, question.awaiting) == (
        QuestionState.OPEN,
        acme.sales,
        acme.web,
        acme.web,
    )
    assert question.due_at == acme.now + timedelta(days=7)


def test_only_the_side_that_is_asked_answers_and_only_the_askers_side_settles(acme: Asking) -> None:
    answer = l.AnswerQuestion(question=acme.question, body="Very")
    assert acme.refused(answer, acme.sales_lead).code is ErrorCode.FORBIDDEN
    settle = l.SettleQuestion(question=acme.question, kind=SettlementKind.AGREED, note="fine")
    assert acme.refused(settle, acme.sales_member).code is ErrorCode.STATE_NOT_ALLOWED
    acme.do(answer, acme.web_lead)
    assert (acme.state, acme.org.questions[acme.question].awaiting) == (QuestionState.ANSWERED, acme.sales)
    assert acme.refused(settle, acme.web_lead).code is ErrorCode.FORBIDDEN
    acme.do(settle, acme.sales_lead)
    question = acme.org.questions[acme.question]
    assert (question.state, question.awaiting, question.due_at) == (QuestionState.SETTLED, None, None)
    assert question.settlement is not None
    assert question.settlement.kind is SettlementKind.AGREED


def test_an_amendment_names_the_version_it_led_to(acme: Asking) -> None:
    acme.do(l.AnswerQuestion(question=acme.question, body="You are right"), acme.web_lead)
    amended = l.SettleQuestion(question=acme.question, kind=SettlementKind.AMENDED, note="n", resulting_version=2)
    assert acme.refused(amended, acme.sales_member).code is ErrorCode.STALE_VERSION
    acme.do(c.UpdateObjective(objective=acme.goal, title="Pages in a second"), acme.web_lead)
    nameless = l.SettleQuestion(question=acme.question, kind=SettlementKind.AMENDED, note="n")
    assert acme.refused(nameless, acme.sales_member).code is ErrorCode.INVALID
    for version in (0, 1, 3):
        other = l.SettleQuestion(
            question=acme.question, kind=SettlementKind.AMENDED, note="n", resulting_version=version
        )
        assert acme.refused(other, acme.sales_member).code is ErrorCode.STALE_VERSION
    acme.do(amended, acme.sales_member)
    assert acme.state is QuestionState.SETTLED


def test_a_question_nobody_answers_climbs_unit_by_unit_and_is_unheard_at_the_top(acme: Asking) -> None:
    acme.ring()
    question = acme.org.questions[acme.question]
    assert (question.state, question.asked, question.escalations) == (QuestionState.ESCALATED, acme.tech, 1)
    assert question.due_at == acme.now + timedelta(days=7)
    acme.ring()
    assert acme.org.questions[acme.question].asked == acme.root
    acme.ring()
    top = acme.org.questions[acme.question]
    assert (top.asked, top.unheard, top.due_at) == (acme.root, True, None)
    assert clock.timers(acme.org, acme.question, acme.now) == []
    acme.do(l.AnswerQuestion(question=acme.question, body="At last"), acme.boss)
    assert (acme.state, acme.org.questions[acme.question].unheard) == (QuestionState.ANSWERED, False)


def test_the_timer_of_an_earlier_escalation_escalates_nothing_again(acme: Asking) -> None:
    (first,) = clock.timers(acme.org, acme.question, acme.now)
    acme.ring()
    (second,) = clock.timers(acme.org, acme.question, acme.now)
    assert clock.ring(acme.org, first, second.due_at) is None
    assert clock.ring(acme.org, second, second.due_at) is not None


def test_whom_it_escalated_to_may_answer_and_so_may_who_speaks_for_the_subject(acme: Asking) -> None:
    acme.ring()
    acme.do(l.AnswerQuestion(question=acme.question, body="From above"), acme.tech_lead)
    acme.do(l.AnswerQuestion(question=acme.question, body="And from us"), acme.web_lead)
    assert [each.body for each in acme.org.questions[acme.question].answers] == ["From above", "And from us"]


def test_about_a_link_the_other_side_is_asked(acme: Asking) -> None:
    theirs = acme.objective(acme.sales, "Sell more")
    link = acme.propose(acme.goal, theirs, acme.web_lead)
    from_parent: Id = acme.id(l.AskQuestion(about=link.id, body="Why us?", unit=acme.sales), acme.sales_lead)
    from_child: Id = acme.id(l.AskQuestion(about=link.id, body="When?", unit=acme.web), acme.web_lead)
    assert acme.org.questions[from_parent].asked == acme.web
    assert acme.org.questions[from_child].asked == acme.sales


def test_anybody_asks_even_who_may_do_nothing_else(acme: Asking) -> None:
    acme.do(l.AskQuestion(about=acme.purpose, body="Why?", unit=acme.root), acme.viewer)
    unknown = l.AskQuestion(about="why_nowhere", body="Why?", unit=acme.root)
    assert acme.refused(unknown, acme.viewer).code is ErrorCode.NOT_FOUND
    elsewhere = l.AskQuestion(about=acme.cycle, body="Why?", unit=acme.root)
    assert acme.refused(elsewhere, acme.viewer).code is ErrorCode.INVALID


def test_a_withdrawn_question_is_over(acme: Asking) -> None:
    assert acme.refused(l.WithdrawQuestion(question=acme.question), acme.web_lead).code is ErrorCode.FORBIDDEN
    acme.do(l.WithdrawQuestion(question=acme.question), acme.sales_member)
    assert acme.refused(l.AnswerQuestion(question=acme.question, body="x"), acme.web_lead).path == ["question"]
    assert clock.timers(acme.org, acme.question, acme.now) == []


def test_an_unheard_question_that_is_withdrawn_waits_for_nobody_and_counts_as_unheard_no_more(acme: Asking) -> None:
    for _ in range(3):
        acme.ring()
    assert acme.org.questions[acme.question].unheard
    acme.do(l.WithdrawQuestion(question=acme.question), acme.sales_member)
    question = acme.org.questions[acme.question]
    assert (question.state, question.unheard, question.awaiting) == (QuestionState.WITHDRAWN, False, None)
