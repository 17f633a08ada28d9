"""The one clock: what is due when, and that ringing late, twice or for nothing is harmless."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.entities import Id
from goldenthread.contracts.events.goals.clock import Grace, GraceEnded, LinkOverdue
from services.goals.domain.clock import timer_rules as clock
from services.goals.domain.clock.timer_rules import Timer, TimerKind
from tests.unit.goals.world import Acme


@pytest.fixture
def acme() -> Acme:
    return Acme()


def timer(acme: Acme, id: Id) -> Timer:
    (found,) = clock.timers(acme.org, id, acme.now)
    return found


def test_linking_has_grace_from_activation_or_the_cycles_start(acme: Acme) -> None:
    plain = acme.objective(acme.web)
    assert timer(acme, plain) == Timer(TimerKind.LINKING, plain, acme.now + timedelta(days=14))
    later = acme.id(c.OpenCycle(name="next", starts_on=date(2027, 1, 1), ends_on=date(2027, 3, 31)))
    acme.do(c.UpdateObjective(objective=plain, cycle=later))
    assert timer(acme, plain).due_at == datetime(2027, 1, 15, tzinfo=UTC)
    assert clock.timers(acme.org, acme.objective(acme.web, activate=False), acme.now) == []


def test_handover_has_grace_from_the_cycles_end_or_the_objectives_own(acme: Acme) -> None:
    plain, cycled = acme.objective(acme.web), acme.objective(acme.web)
    acme.do(c.UpdateObjective(objective=cycled, cycle=acme.cycle))
    for objective in (plain, cycled):
        acme.do(c.CloseObjective(objective=objective, grade=1, note="n"))
    assert timer(acme, plain).due_at == acme.now + timedelta(days=14)
    assert timer(acme, cycled) == Timer(TimerKind.HANDOVER, cycled, datetime(2027, 1, 15, tzinfo=UTC))


def test_a_removed_key_result_has_handover_from_its_removal(acme: Acme) -> None:
    key_result = acme.id(c.AddKeyResult(measures=acme.objective(acme.web), key_result=c.KeyResultSpec(title="k")))
    assert clock.timers(acme.org, key_result, acme.now) == []
    acme.do(c.RemoveKeyResult(key_result=key_result))
    due = timer(acme, key_result)
    assert due == Timer(TimerKind.HANDOVER, key_result, acme.now + timedelta(days=14))
    fact = clock.ring(acme.org, due, due.due_at)
    assert fact is not None
    assert fact.payload == GraceEnded(key_result, Grace.HANDOVER, due.due_at)


def test_a_why_has_its_uptake_grace(acme: Acme) -> None:
    why = acme.id(c.PublishWhy(statement="s", because="b", audience=[acme.web]))
    assert timer(acme, why) == Timer(TimerKind.UPTAKE, why, acme.now + timedelta(days=7))
    acme.do(c.RetireWhy(why=why, reason="r"))
    assert clock.timers(acme.org, why, acme.now) == []


def test_a_timer_rings_when_it_is_due_and_the_same_way_again(acme: Acme) -> None:
    due = timer(acme, acme.objective(acme.web))
    assert clock.ring(acme.org, due, due.due_at - timedelta(seconds=1)) is None
    once, again = (clock.ring(acme.org, due, due.due_at + timedelta(days=late)) for late in (0, 3))
    assert once == again
    assert once is not None
    assert once.payload == GraceEnded(due.subject, Grace.LINKING, due.due_at)


def test_an_overtaken_timer_says_nothing(acme: Acme) -> None:
    objective = acme.objective(acme.web)
    due = timer(acme, objective)
    acme.do(c.CloseObjective(objective=objective, grade=1, note="n"))
    assert clock.ring(acme.org, due, due.due_at) is None


def test_a_link_is_overdue_in_the_round_nobody_moved_on(acme: Acme) -> None:
    link = acme.propose(acme.objective(acme.web), acme.objective(acme.sales), acme.web_member)
    first = timer(acme, link.id)
    acme.later(days=2)
    acme.do(c.CounterLink(link=link.id, round=1, in_return="x"), acme.sales_lead)
    assert clock.ring(acme.org, first, first.due_at) is None
    second = timer(acme, link.id)
    fact = clock.ring(acme.org, second, second.due_at)
    assert fact is not None
    assert fact.payload == LinkOverdue(link.id, 2, second.due_at)
    acme.do(c.AcceptLink(link=link.id, round=2), acme.tech_lead)
    assert clock.ring(acme.org, second, second.due_at) is None


def test_the_timer_of_an_earlier_or_later_round_says_nothing_of_the_current_one(acme: Acme) -> None:
    link = acme.propose(acme.objective(acme.web), acme.objective(acme.sales), acme.web_member)
    first = timer(acme, link.id)
    acme.later(days=2)
    acme.do(c.CounterLink(link=link.id, round=1, in_return="x"), acme.sales_lead)
    second = timer(acme, link.id)
    for other in (first, second._replace(round=1), second._replace(round=3)):
        assert clock.ring(acme.org, other, second.due_at) is None
    assert clock.ring(acme.org, second, second.due_at) is not None


def test_a_timer_of_another_kind_says_nothing(acme: Acme) -> None:
    due = timer(acme, acme.objective(acme.web))
    for kind in TimerKind:
        fact = clock.ring(acme.org, due._replace(kind=kind), due.due_at)
        assert (fact is not None) == (kind is TimerKind.LINKING)


def test_a_grace_said_to_be_over_is_taken_back_when_the_policy_moves_it(acme: Acme) -> None:
    said = timer(acme, acme.objective(acme.web))
    acme.now = said.due_at + timedelta(days=1)
    assert clock.take_back(acme.org, said, acme.now) is None
    acme.do(c.SetPolicy(grace_days=30))
    fact = clock.take_back(acme.org, said, acme.now)
    assert fact is not None
    assert fact.payload == GraceEnded(said.subject, Grace.LINKING, said.due_at + timedelta(days=16), ended=False)
    assert clock.take_back(acme.org, said, said.due_at + timedelta(days=16)) is None, "over to the day"


def test_a_handover_said_to_be_over_is_taken_back_when_the_objective_is_reopened(acme: Acme) -> None:
    objective = acme.objective(acme.web)
    acme.do(c.CloseObjective(objective=objective, grade=1, note="n"))
    said = timer(acme, objective)
    acme.now = said.due_at + timedelta(days=1)
    assert clock.take_back(acme.org, said, acme.now) is None
    acme.do(c.ReopenObjective(objective=objective, reason="r"))
    fact = clock.take_back(acme.org, said, acme.now)
    assert fact is not None
    assert fact.payload == GraceEnded(objective, Grace.HANDOVER, said.due_at, ended=False)


def test_what_a_commit_touched_names_everything_whose_timers_moved(acme: Acme) -> None:
    objective = acme.objective(acme.web)
    key_result = acme.id(c.AddKeyResult(measures=objective, key_result=c.KeyResultSpec(title="k")))
    link = acme.propose(objective, acme.objective(acme.sales), acme.web_member)
    assert {objective, key_result, link.id} <= set(clock.touched(acme.org, [acme.org.objectives[objective]]))
    acme.do(c.UpdateObjective(objective=objective, cycle=acme.cycle))
    assert {objective, key_result} <= set(clock.touched(acme.org, [acme.org.cycles[acme.cycle]]))
    assert acme.org.info is not None
    assert objective in clock.touched(acme.org, [acme.org.info])
