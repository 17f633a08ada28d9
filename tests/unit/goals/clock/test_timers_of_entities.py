"""Which timers an entity implies in each of its states, and what may move them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id, Objective
from goldenthread.contracts.enums import LinkState, ObjectiveState, QuestionState
from goldenthread.organization.organization import Organization
from services.goals.domain.clock import timer_rules as clock
from services.goals.domain.clock.timer_rules import Timer, TimerKind
from tests.support import entities
from tests.unit.goals.world import Acme


@pytest.fixture
def acme() -> Acme:
    return Acme()


def put(acme: Acme, entity: object) -> None:
    """Store an entity as it is, as a stream may have it."""
    acme.org.begin()
    acme.org.put(entity)  # type: ignore[arg-type]
    acme.org.commit()


def kinds(acme: Acme, id: Id) -> list[TimerKind]:
    return [each.kind for each in clock.timers(acme.org, id, acme.now)]


def test_a_link_waits_while_it_is_open_has_a_day_and_its_child_has_not_ended(acme: Acme) -> None:
    link = acme.propose(acme.objective(acme.web), acme.objective(acme.sales), acme.web_member)
    assert kinds(acme, link.id) == [TimerKind.LINK]
    for state in (LinkState.ACCEPTED, LinkState.DECLINED, LinkState.WITHDRAWN):
        put(acme, replace(link, state=state))
        assert kinds(acme, link.id) == []
    put(acme, replace(link, due_at=None))
    assert kinds(acme, link.id) == []
    put(acme, link)
    put(acme, replace(acme.org.objectives[link.child], state=ObjectiveState.ARCHIVED))
    assert kinds(acme, link.id) == []


def test_a_question_waits_while_nobody_has_answered_it_and_it_has_a_day(acme: Acme) -> None:
    asked = acme.id(l.AskQuestion(about=acme.objective(acme.web), body="?", unit=acme.sales))
    question = acme.org.questions[asked]
    for state in QuestionState:
        put(acme, replace(question, state=state))
        waits = state in (QuestionState.OPEN, QuestionState.ESCALATED)
        assert kinds(acme, asked) == ([TimerKind.QUESTION] if waits else [])
    put(acme, replace(question, due_at=None))
    assert kinds(acme, asked) == []


def test_an_objective_waits_for_links_while_it_is_active_and_for_a_handover_once_it_has_ended(acme: Acme) -> None:
    goal = acme.org.objectives[acme.objective(acme.web)]
    never: list[tuple[Objective, list[TimerKind]]] = [
        (goal, [TimerKind.LINKING]),
        (replace(goal, activated_at=None), []),
        (replace(goal, state=ObjectiveState.DRAFT), []),
        (replace(goal, state=ObjectiveState.CLOSED), []),
        (replace(goal, state=ObjectiveState.CLOSED, ended_at=acme.now), [TimerKind.HANDOVER]),
        (replace(goal, state=ObjectiveState.ARCHIVED, ended_at=acme.now), [TimerKind.HANDOVER]),
        (replace(goal, state=ObjectiveState.DRAFT, ended_at=acme.now), []),
    ]
    for found, expected in never:
        put(acme, found)
        assert kinds(acme, goal.id) == expected


def test_a_removed_key_result_is_handed_over_after_the_cycle_of_what_it_measures(acme: Acme) -> None:
    goal = acme.objective(acme.web)
    acme.do(c.UpdateObjective(objective=goal, cycle=acme.cycle))
    key_result = acme.id(c.AddKeyResult(measures=goal, key_result=c.KeyResultSpec(title="k")))
    acme.do(c.RemoveKeyResult(key_result=key_result))
    (timer,) = clock.timers(acme.org, key_result, acme.now)
    assert timer == Timer(TimerKind.HANDOVER, key_result, datetime(2027, 1, 15, tzinfo=UTC))
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web]))
    of_why = acme.id(c.AddKeyResult(measures=why, key_result=c.KeyResultSpec(title="k")))
    acme.do(c.RemoveKeyResult(key_result=of_why))
    (timer,) = clock.timers(acme.org, of_why, acme.now)
    assert timer.due_at == acme.now + timedelta(days=14)


def test_a_patience_that_is_longer_than_the_calendar_ends_with_it(acme: Acme) -> None:
    last = acme.id(c.OpenCycle(name="last", starts_on=date(9999, 1, 1), ends_on=date(9999, 12, 31)))
    goal = acme.objective(acme.web)
    acme.do(c.UpdateObjective(objective=goal, cycle=last))
    acme.do(c.CloseObjective(objective=goal, grade=1, note="n"))
    (timer,) = clock.timers(acme.org, goal, acme.now)
    assert timer.due_at == datetime(9999, 12, 31, tzinfo=UTC)
    early = Timer(TimerKind.HANDOVER, "keyresult_gone", datetime(1, 1, 2, tzinfo=UTC))
    assert clock.ring(acme.org, early, acme.now) is None


def test_without_a_policy_patience_is_two_weeks_and_replies_have_one(acme: Acme) -> None:
    org = Organization()
    for each in (entities.objective("objective_1"), entities.objective("objective_2", ObjectiveState.CLOSED)):
        org.put(replace(each, activated_at=acme.now, ended_at=acme.now))
    org.put(replace(entities.why("why_1"), published_at=acme.now))
    ends = [clock.timers(org, id, acme.now)[0].due_at - acme.now for id in ("objective_1", "objective_2", "why_1")]
    assert ends == [timedelta(days=14), timedelta(days=14), timedelta(days=7)]
    assert clock.day_closed(org, date(2026, 1, 5)).subject == ""
    assert acme.org.info is not None
    assert clock.day_closed(acme.org, date(2026, 1, 5)).subject == acme.org.info.id


def test_an_answer_nobody_owes_has_no_timer(acme: Acme) -> None:
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.tech]))
    assert kinds(acme, f"{why} {acme.tech}") == [TimerKind.ANSWER]
    assert kinds(acme, f"why_gone {acme.tech}") == []
    assert kinds(acme, f"{why} {acme.sales}") == []
    assert kinds(acme, f"{why} {acme.web}") == []


def test_only_a_grace_is_taken_back(acme: Acme) -> None:
    link = acme.propose(acme.objective(acme.web), acme.objective(acme.sales), acme.web_member)
    asked = acme.id(l.AskQuestion(about=link.child, body="?", unit=acme.sales))
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.tech]))
    for subject in (link.id, asked, f"{why} {acme.tech}"):
        (timer,) = clock.timers(acme.org, subject, acme.now)
        assert clock.take_back(acme.org, timer, acme.now) is None
    goal = acme.objective(acme.web)
    (linking,) = clock.timers(acme.org, goal, acme.now)
    acme.do(c.CloseObjective(objective=goal, grade=1, note="n"))
    assert clock.take_back(acme.org, linking, acme.now) is None, "it is over in another way"


def test_what_a_change_may_move_is_named(acme: Acme) -> None:
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.tech]))
    owed = f"{why} {acme.tech}"
    assert clock.touched(acme.org, [acme.org.whys[why]]) == [why, owed]
    assert acme.org.info is not None
    everything = clock.touched(acme.org, [acme.org.info])
    assert {why, owed} <= set(everything)
    assert f"{why} {acme.web}" not in everything, "it owes nothing yet"
    link = acme.propose(acme.objective(acme.web), acme.objective(acme.sales), acme.web_member)
    assert clock.touched(acme.org, [link]) == [link.id]
