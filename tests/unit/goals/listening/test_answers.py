"""The why cascade, level by level: who owes an answer when, who waits for whom, and what answers come to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id, RoleGrant
from goldenthread.contracts.enums import AnswerStance, AnswerState, QuestionState
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals.clock import WhyAnswerOverdue
from goldenthread.organization import why_cascade
from goldenthread.organization.why_cascade import CascadeRole
from services.goals.domain.clock import timer_rules as clock
from services.goals.domain.clock.timer_rules import TimerKind
from tests.unit.goals.world import Acme


class Company(Acme):
    """A why of the root told to Tech (Web and Apps below it) and to Sales."""

    def __init__(self) -> None:
        super().__init__()
        self.apps = self.unit("Apps", self.web)
        self.why = self.publish()

    def publish(self, *audience: Id) -> Id:
        told = list(audience) or [self.tech, self.sales]
        return self.id(c.PublishWhy(statement="Be fast", because="speed", audience=told), self.executive)

    def answer(
        self, unit: Id, actor: Id | None = None, stance: AnswerStance = AnswerStance.TAKES_PART, words: str = "we will"
    ) -> Id:
        version = self.org.whys[self.why].version
        asked = l.AnswerWhy(why=self.why, version=version, unit=unit, statement=words, stance=stance)
        return self.id(asked, actor or self.boss)

    def parts(self) -> dict[str, CascadeRole]:
        found = why_cascade.cascade(self.org, self.org.whys[self.why])
        return {self.org.units[each.unit].name: each.part for each in found}

    def part(self, unit: Id) -> why_cascade.Addressed:
        found = why_cascade.addressed_unit(self.org, self.org.whys[self.why], unit)
        assert found is not None
        return found


@pytest.fixture
def acme() -> Company:
    return Company()


def test_a_why_is_owed_by_its_audience_and_waits_for_those_below(acme: Company) -> None:
    assert acme.parts() == {
        "Tech": CascadeRole.OWES,
        "Sales": CascadeRole.OWES,
        "Web": CascadeRole.WAITS,
        "Apps": CascadeRole.WAITS,
    }
    assert acme.part(acme.apps).held_up_by == acme.tech
    assert why_cascade.due_at(acme.org, acme.part(acme.tech)) == acme.now + timedelta(days=7)
    assert why_cascade.due_at(acme.org, acme.part(acme.web)) is None


def test_answering_is_passing_on_to_the_next_level_only(acme: Company) -> None:
    acme.later(days=2)
    acme.answer(acme.tech, acme.tech_lead)
    assert acme.parts() == {
        "Tech": CascadeRole.ANSWERED,
        "Sales": CascadeRole.OWES,
        "Web": CascadeRole.OWES,
        "Apps": CascadeRole.WAITS,
    }
    assert acme.part(acme.web).since == acme.now
    assert acme.part(acme.apps).held_up_by == acme.web
    acme.later(days=1)
    acme.answer(acme.tech, acme.tech_lead, words="we will, and more")
    assert acme.part(acme.web).since == acme.now - timedelta(days=1), "saying it better passes nothing on again"


def test_no_part_ends_the_debt_of_the_unit_and_of_everything_below(acme: Company) -> None:
    acme.answer(acme.tech, acme.tech_lead, AnswerStance.NO_PART)
    assert acme.parts() == {
        "Tech": CascadeRole.ANSWERED,
        "Sales": CascadeRole.OWES,
        "Web": CascadeRole.EXCUSED,
        "Apps": CascadeRole.EXCUSED,
    }


def test_no_part_in_an_earlier_version_excuses_nobody_from_this_one(acme: Company) -> None:
    acme.answer(acme.tech, acme.tech_lead, AnswerStance.NO_PART)
    acme.do(c.ReviseWhy(why=acme.why, expected_version=1, statement="Be kind"), acme.executive)
    assert acme.parts() == {
        "Tech": CascadeRole.OWES,
        "Sales": CascadeRole.OWES,
        "Web": CascadeRole.WAITS,
        "Apps": CascadeRole.WAITS,
    }


def test_who_disagrees_asks_by_that(acme: Company) -> None:
    acme.answer(acme.tech, acme.tech_lead, AnswerStance.DISAGREES, "fast is not our problem")
    (question,) = acme.org.questions.values()
    assert (question.about, question.unit, question.asked) == (acme.why, acme.tech, acme.root)
    assert (question.body, question.state) == ("fast is not our problem", QuestionState.OPEN)
    acme.answer(acme.tech, acme.tech_lead, AnswerStance.DISAGREES, "still not")
    assert len(acme.org.questions) == 1
    assert acme.parts()["Web"] is CascadeRole.OWES


def test_a_substantive_revision_reopens_every_debt_and_an_editorial_one_none(acme: Company) -> None:
    answer = acme.answer(acme.tech, acme.tech_lead)
    acme.do(c.ReviseWhy(why=acme.why, expected_version=1, statement="Be fast!", editorial=True), acme.executive)
    assert acme.parts()["Tech"] is CascadeRole.ANSWERED
    acme.later(days=1)
    acme.do(c.ReviseWhy(why=acme.why, expected_version=1, statement="Be kind"), acme.executive)
    assert acme.parts() == {
        "Tech": CascadeRole.OWES,
        "Sales": CascadeRole.OWES,
        "Web": CascadeRole.WAITS,
        "Apps": CascadeRole.WAITS,
    }
    assert acme.part(acme.tech).since == acme.now
    assert why_cascade.state_of(acme.org, acme.org.answers[answer]) is AnswerState.STALE
    acme.answer(acme.tech, acme.tech_lead)
    assert acme.org.answers[answer].version == 2


def test_units_moved_in_owe_and_units_moved_out_no_longer_do(acme: Company) -> None:
    other = acme.unit("Other")
    acme.do(c.ReviseWhy(why=acme.why, expected_version=1, audience=[acme.tech]), acme.executive)
    assert "Sales" not in acme.parts()
    acme.answer(acme.tech, acme.tech_lead)
    acme.later(days=3)
    acme.do(c.MoveUnit(unit=other, parent=acme.tech))
    assert (acme.part(other).part, acme.part(other).since) == (CascadeRole.OWES, acme.now)
    acme.do(c.MoveUnit(unit=acme.web, parent=acme.sales))
    assert set(acme.parts()) == {"Tech", "Other"}


def test_who_was_told_later_owes_from_then(acme: Company) -> None:
    other = acme.unit("Other")
    acme.later(days=4)
    told = [acme.tech, acme.sales, other]
    acme.do(c.ReviseWhy(why=acme.why, expected_version=1, audience=told), acme.executive)
    assert acme.part(other).since == acme.now
    assert acme.part(acme.tech).since == acme.now - timedelta(days=4)


def test_the_unit_that_speaks_a_why_owes_no_answer_and_passes_it_on(acme: Company) -> None:
    acme.why = acme.publish(acme.root)
    assert acme.parts()["Acme"] is CascadeRole.SPEAKS
    assert acme.parts()["Tech"] is CascadeRole.OWES
    answer = l.AnswerWhy(why=acme.why, version=1, unit=acme.root, statement="us")
    assert acme.refused(answer, acme.executive).code is ErrorCode.STATE_NOT_ALLOWED


def test_the_whys_side_confirms_a_current_answer_that_nobody_questions(acme: Company) -> None:
    answer = acme.answer(acme.tech, acme.tech_lead)
    assert acme.refused(l.ConfirmAnswer(answer=answer), acme.tech_lead).code is ErrorCode.FORBIDDEN
    question = acme.id(l.AskQuestion(about=answer, body="how?", unit=acme.root), acme.executive)
    assert why_cascade.state_of(acme.org, acme.org.answers[answer]) is AnswerState.QUESTIONED
    assert acme.org.questions[question].asked == acme.tech
    assert acme.refused(l.ConfirmAnswer(answer=answer), acme.executive).code is ErrorCode.STATE_NOT_ALLOWED
    acme.do(l.WithdrawQuestion(question=question), acme.executive)
    acme.do(l.ConfirmAnswer(answer=answer), acme.executive)
    assert why_cascade.state_of(acme.org, acme.org.answers[answer]) is AnswerState.CONFIRMED
    acme.answer(acme.tech, acme.tech_lead, words="something else")
    assert why_cascade.state_of(acme.org, acme.org.answers[answer]) is AnswerState.CURRENT


def test_an_answer_to_a_version_that_moved_on_or_from_a_unit_not_addressed_is_refused(acme: Company) -> None:
    other = acme.unit("Other")
    for version in (0, 2, 7):
        stale = l.AnswerWhy(why=acme.why, version=version, unit=acme.tech, statement="x")
        assert acme.refused(stale, acme.tech_lead).code is ErrorCode.STALE_VERSION
    uncalled = l.AnswerWhy(why=acme.why, version=1, unit=other, statement="x")
    assert acme.refused(uncalled).code is ErrorCode.STATE_NOT_ALLOWED
    foreign = l.AnswerWhy(why=acme.why, version=1, unit=acme.sales, statement="x")
    assert acme.refused(foreign, acme.tech_lead).code is ErrorCode.FORBIDDEN
    member = acme.person(RoleGrant(R.MEMBER, acme.tech))
    assert (
        acme.refused(l.AnswerWhy(why=acme.why, version=1, unit=acme.tech, statement="x"), member).code
        is ErrorCode.FORBIDDEN
    )


def test_the_clock_says_once_per_version_that_an_answer_is_overdue(acme: Company) -> None:
    debt = f"{acme.why} {acme.tech}"
    (timer,) = clock.timers(acme.org, debt, acme.now)
    assert (timer.kind, timer.due_at, timer.round) == (TimerKind.ANSWER, acme.now + timedelta(days=7), 1)
    assert clock.ring(acme.org, timer, timer.due_at - timedelta(seconds=1)) is None
    fact = clock.ring(acme.org, timer, timer.due_at)
    assert fact is not None
    assert fact.payload == WhyAnswerOverdue(acme.why, acme.tech, 1, timer.due_at)
    acme.answer(acme.tech, acme.tech_lead)
    assert clock.timers(acme.org, debt, acme.now) == []
    assert clock.ring(acme.org, timer, timer.due_at) is None
    assert [each.subject for each in clock.timers(acme.org, f"{acme.why} {acme.web}", acme.now)] == [
        f"{acme.why} {acme.web}"
    ]


def test_an_answer_to_an_earlier_version_is_neither_confirmed_nor_a_substitute_for_a_new_one(acme: Company) -> None:
    answer = acme.answer(acme.tech, acme.tech_lead)
    (first,) = clock.timers(acme.org, f"{acme.why} {acme.sales}", acme.now)
    acme.do(c.ReviseWhy(why=acme.why, expected_version=1, statement="Be kind"), acme.executive)
    assert acme.refused(l.ConfirmAnswer(answer=answer), acme.executive).code is ErrorCode.STALE_VERSION
    old = l.AnswerWhy(why=acme.why, version=1, unit=acme.tech, statement="x")
    assert acme.refused(old, acme.tech_lead).code is ErrorCode.STALE_VERSION
    (second,) = clock.timers(acme.org, f"{acme.why} {acme.sales}", acme.now)
    assert (first.due_at, first.round, second.round) == (second.due_at, 1, 2)
    assert clock.ring(acme.org, first, first.due_at) is None
    assert clock.ring(acme.org, second, second.due_at) is not None


def test_what_a_commit_touches_holds_every_debt_it_may_change(acme: Company) -> None:
    answer = acme.answer(acme.tech, acme.tech_lead)
    touched = clock.touched(acme.org, [acme.org.answers[answer]])
    assert touched == [f"{acme.why} {acme.tech}", f"{acme.why} {acme.web}"]
    moved = clock.touched(acme.org, [acme.org.units[acme.web]])
    assert set(moved) == {f"{acme.why} {acme.web}", f"{acme.why} {acme.apps}"}


def test_one_units_part_equals_its_place_in_the_whole_cascade(acme: Company) -> None:
    acme.answer(acme.tech, acme.tech_lead)
    whole = {each.unit: each for each in why_cascade.cascade(acme.org, acme.org.whys[acme.why])}
    for unit in acme.org.units:
        assert why_cascade.addressed_unit(acme.org, acme.org.whys[acme.why], unit) == whole.get(unit)
