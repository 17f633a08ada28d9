"""What goes to a successor, link by link and question by question: whose turn it is then, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id, LinkRound, RoleGrant
from goldenthread.contracts.enums import LinkState, QuestionState
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import LinkMoved
from services.goals.domain.clock import timer_rules as clock
from tests.unit.goals.world import Acme


class Handing(Acme):
    """An objective of Web hangs on one of Sales, which `next` (of Sales, too) succeeds."""

    def __init__(self) -> None:
        super().__init__()
        self.old, self.next = self.objective(self.sales, "Old"), self.objective(self.sales, "Next")
        self.child = self.objective(self.web, "Child")
        self.up = self.propose(self.child, self.old, self.web_member).id

    def close(self, successor: Id | None = None, actor: Id | None = None) -> list[LinkMoved]:
        command = c.CloseObjective(objective=self.old, grade=1, note="n", successor=successor or self.next)
        return [fact.payload for fact in self.do(command, actor).facts if isinstance(fact.payload, LinkMoved)]

    def ask(self) -> Id:
        return self.id(l.AskQuestion(about=self.old, body="?", unit=self.web))


@pytest.fixture
def acme() -> Handing:
    return Handing()


def test_an_agreed_link_moves_as_it_is_and_waits_for_nobody(acme: Handing) -> None:
    acme.do(c.AcceptLink(link=acme.up, round=1, in_return="two people"))
    before = acme.link(acme.up)
    acme.later(days=1)
    (moved,) = acme.close()
    link = acme.link(acme.up)
    assert moved.link == link
    assert (link.parent, link.because_version) == (acme.next, None)
    assert (link.round, link.rounds, link.turn, link.due_at) == (before.round, before.rounds, None, before.due_at)


def test_an_open_link_says_in_a_round_of_the_parents_side_that_it_moved(acme: Handing) -> None:
    acme.later(days=1)
    acme.close(actor=acme.sales_lead)
    link = acme.link(acme.up)
    assert link.rounds[-1] == LinkRound(2, acme.sales, acme.sales_lead, None, None, acme.now)
    assert (link.state, link.due_at) == (LinkState.PROPOSED, acme.now + timedelta(days=7))


def test_a_child_with_several_links_to_what_ends_has_one_to_the_successor(acme: Handing) -> None:
    measure = acme.id(c.AddKeyResult(measures=acme.old, key_result=c.KeyResultSpec(title="k")))
    second = acme.propose(acme.child, measure, acme.web_member).id
    assert len(acme.close()) == 1
    assert (acme.link(acme.up).parent, acme.link(second).parent) == (acme.next, measure)


def test_a_successor_far_below_what_hangs_on_the_goal_is_refused_with_the_way(acme: Handing) -> None:
    middle, low = acme.objective(acme.sales, "Middle"), acme.objective(acme.sales, "Low")
    acme.propose(low, middle)
    acme.propose(middle, acme.child)
    problem = acme.refused(c.CloseObjective(objective=acme.old, grade=1, note="n", successor=low))
    assert (problem.code, problem.nodes) == (ErrorCode.LINK_LOOP, [low, middle, acme.child])
    assert "“Low” → “Middle” → “Child” → “Low”" in problem.message


def test_a_question_that_waits_has_the_whole_time_again_and_is_heard_again(acme: Handing) -> None:
    question = acme.ask()
    for _ in range(2):
        (timer,) = clock.timers(acme.org, question, acme.now)
        acme.now = timer.due_at
        fact = clock.ring(acme.org, timer, acme.now)
        assert fact is not None
        acme.org.apply(fact.payload)
    assert acme.org.questions[question].unheard
    acme.close()
    moved = acme.org.questions[question]
    assert (moved.about, moved.asked, moved.awaiting, moved.state) == (
        acme.next,
        acme.sales,
        acme.sales,
        QuestionState.ESCALATED,
    )
    assert (moved.due_at, moved.unheard) == (acme.now + timedelta(days=7), False)


def test_a_question_that_is_answered_goes_on_waiting_for_who_asked(acme: Handing) -> None:
    question = acme.ask()
    acme.do(l.AnswerQuestion(question=question, body="So."))
    before = acme.org.questions[question]
    acme.later(days=2)
    acme.close()
    moved = acme.org.questions[question]
    assert (moved.about, moved.asked, moved.awaiting, moved.due_at) == (
        acme.next,
        acme.sales,
        acme.web,
        before.due_at,
    )


def test_the_successor_is_spoken_for_by_who_decides_it_not_by_who_may_only_change_it(acme: Handing) -> None:
    both = acme.person(RoleGrant(R.MEMBER, acme.tech), RoleGrant(R.LEAD, acme.sales))
    theirs = acme.objective(acme.tech, "Theirs")
    command = c.CloseObjective(objective=acme.old, grade=1, note="n", successor=theirs)
    problem = acme.refused(command, both)
    assert (problem.code, problem.path) == (ErrorCode.FORBIDDEN, ["successor"])
    acme.do(c.UpdateObjective(objective=theirs, accountable=both))
    assert len(acme.close(theirs, both)) == 1


def test_who_closes_a_cycle_speaks_for_every_successor_in_it(acme: Handing) -> None:
    acme.do(c.UpdateObjective(objective=acme.old, cycle=acme.cycle))
    outcome = c.OutcomeOf(objective=acme.old, grade=1, note="n", successor=acme.next)
    acme.do(c.CloseCycle(cycle=acme.cycle, close=[outcome]), acme.admin)
    assert acme.link(acme.up).parent == acme.next
