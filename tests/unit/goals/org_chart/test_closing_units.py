"""A unit is closed: what goes to its successor, from when, and what stays as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from goldenthread.contracts import commands as c
from goldenthread.contracts.commands import listening as l
from goldenthread.contracts.entities import Id, Question, RoleGrant
from goldenthread.contracts.enums import AnswerStance, QuestionState, SettlementKind
from goldenthread.contracts.enums import Role as R
from goldenthread.contracts.errors import ErrorCode
from goldenthread.contracts.events.goals import (
    ObjectiveChanged,
    PersonRolesChanged,
    QuestionMoved,
    UnitClosed,
    UnitMoved,
    WhyRevised,
)
from services.goals.domain.decision import Decision
from tests.unit.goals.world import Acme


class Merging(Acme):
    """Web is to be closed; Sales or Tech succeed it."""

    def __init__(self) -> None:
        super().__init__()
        self.web_lead = self.person(RoleGrant(R.LEAD, self.web))

    def close(self, unit: Id | None = None, successor: Id | None = None) -> Decision:
        return self.do(c.CloseUnit(unit=unit or self.web, successor=successor or self.sales))

    def why(self, *audience: Id, unit: Id | None = None) -> Id:
        return self.id(c.PublishWhy(statement="s", because="b", audience=list(audience), unit=unit))

    def asked(self, about: Id, unit: Id, actor: Id | None = None) -> Id:
        return self.id(l.AskQuestion(about=about, body="?", unit=unit), actor)

    def question(self, id: Id) -> Question:
        return self.org.questions[id]


@pytest.fixture
def acme() -> Merging:
    return Merging()


def of_kind(decision: Decision, kind: type) -> list[Any]:
    return [fact.payload for fact in decision.facts if isinstance(fact.payload, kind)]


def test_what_cannot_be_closed_or_succeed_is_refused_with_its_reason(acme: Merging) -> None:
    deep = acme.unit("Deep", acme.web)
    refused = [
        (acme.root, acme.sales, ErrorCode.STATE_NOT_ALLOWED, "unit"),
        (acme.tech, acme.tech, ErrorCode.CONFLICT, "successor"),
        (acme.tech, deep, ErrorCode.CONFLICT, "successor"),
    ]
    for unit, successor, code, path in refused:
        problem = acme.refused(c.CloseUnit(unit=unit, successor=successor))
        assert (problem.code, problem.path) == (code, [path])
    acme.close(acme.web, acme.tech)
    for unit, successor, path in ((acme.web, acme.sales, "unit"), (acme.sales, acme.web, "successor")):
        problem = acme.refused(c.CloseUnit(unit=unit, successor=successor))
        assert (problem.code, problem.path) == (ErrorCode.STATE_NOT_ALLOWED, [path])


def test_it_is_closed_led_by_nobody_and_says_who_succeeds_it(acme: Merging) -> None:
    decision = acme.close()
    (closed,) = of_kind(decision, UnitClosed)
    assert (closed.unit, closed.successor) == (acme.org.units[acme.web], acme.sales)
    web = acme.org.units[acme.web]
    assert (web.closed, web.lead, web.successor) == (True, None, acme.sales)
    assert decision.ids[0] == acme.web


# -- the units below ---------------------------------------------------------------------------------------------------


def test_the_units_below_hang_under_the_successor_from_now_on_and_closed_ones_stay(acme: Merging) -> None:
    old, open_ = acme.unit("Old", acme.web), acme.unit("Open", acme.web)
    acme.close(old, open_)
    acme.later(days=1)
    (moved,) = of_kind(acme.close(), UnitMoved)
    assert moved.before.id == open_
    assert (acme.org.units[open_].parent, acme.org.units[open_].placed_at) == (acme.sales, acme.now)
    assert acme.org.units[old].parent == acme.web


def test_two_units_of_one_name_below_the_successor_are_refused(acme: Merging) -> None:
    below, there = acme.unit("Apps", acme.web), acme.unit("APPS", acme.sales)
    problem = acme.refused(c.CloseUnit(unit=acme.web, successor=acme.sales))
    assert (problem.code, problem.path) == (ErrorCode.CONFLICT, ["successor"])
    acme.do(c.UpdateUnit(unit=there, name="Other"))
    acme.close()
    assert acme.org.units[below].parent == acme.sales


def test_the_name_of_a_closed_unit_may_be_had_again_on_either_side(acme: Merging) -> None:
    closed_there, below = acme.unit("Apps", acme.sales), acme.unit("Apps", acme.web)
    acme.close(closed_there, acme.sales)
    closed_below = acme.unit("Shop", acme.web)
    acme.close(closed_below, acme.web)
    acme.unit("Shop", acme.sales)
    acme.close()
    assert acme.org.units[below].parent == acme.sales


def test_a_unit_below_may_have_the_name_of_the_one_that_is_closed(acme: Merging) -> None:
    below = acme.unit("Web", acme.web)
    acme.close(acme.web, acme.tech)
    assert acme.org.units[below].parent == acme.tech


# -- its goals ---------------------------------------------------------------------------------------------------------


def test_its_objectives_are_the_successors_and_no_others_change(acme: Merging) -> None:
    mine, theirs = acme.objective(acme.web), acme.objective(acme.tech)
    (changed,) = of_kind(acme.close(), ObjectiveChanged)
    assert (changed.before.id, changed.editorial) == (mine, True)
    assert acme.org.objectives[mine].owners == [acme.sales]
    assert (acme.org.objectives[mine].version, acme.org.objectives[theirs].owners) == (1, [acme.tech])


def test_the_invitation_of_a_unit_is_the_successors(acme: Merging) -> None:
    offered = acme.id(c.CreateObjective(title="t", owners=[acme.tech, acme.sales]), acme.tech_lead)
    assert acme.org.objectives[offered].invited == [acme.sales]
    acme.close(acme.sales, acme.web)
    assert (acme.org.objectives[offered].owners, acme.org.objectives[offered].invited) == ([acme.tech], [acme.web])


def test_an_owner_that_is_succeeded_by_another_owner_is_named_once_and_keeps_its_place(acme: Merging) -> None:
    shared = acme.id(c.CreateObjective(title="t", owners=[acme.web, acme.tech, acme.sales]))
    acme.close()
    assert acme.org.objectives[shared].owners == [acme.sales, acme.tech]


def test_an_objective_that_has_ended_moves_too_and_its_outcome_stays(acme: Merging) -> None:
    over = acme.objective(acme.web)
    acme.do(c.CloseObjective(objective=over, grade=0.5, note="half"))
    acme.close()
    ended = acme.org.objectives[over]
    assert ended.owners == [acme.sales]
    assert ended.outcome is not None
    assert ended.outcome.owners == [acme.web]


# -- its whys ----------------------------------------------------------------------------------------------------------


def test_the_successor_speaks_its_whys_and_others_change_no_word(acme: Merging) -> None:
    mine, theirs = acme.why(acme.tech, unit=acme.web), acme.why(acme.tech)
    (revised,) = of_kind(acme.close(), WhyRevised)
    assert (revised.before.id, revised.editorial) == (mine, True)
    spoken = acme.org.whys[mine]
    assert (spoken.unit, spoken.version, spoken.audience) == (acme.sales, 1, [acme.tech])
    assert acme.org.whys[theirs].unit == acme.root


def test_a_successor_that_is_told_by_the_merger_owes_from_then_and_one_that_knew_from_before(acme: Merging) -> None:
    new, known = acme.why(acme.web, acme.tech), acme.why(acme.web, acme.sales)
    first = acme.now
    acme.later(days=3)
    acme.close()
    assert acme.org.whys[new].audience == [acme.sales, acme.tech]
    assert acme.org.whys[new].told == {acme.sales: acme.now, acme.tech: first}
    assert acme.org.whys[known].audience == [acme.sales]
    assert acme.org.whys[known].told == {acme.sales: first}


def test_an_answer_that_was_given_is_no_debt_for_the_successor(acme: Merging) -> None:
    why = acme.why(acme.tech)
    for unit in (acme.tech, acme.web):
        acme.do(l.AnswerWhy(why=why, version=1, unit=unit, statement="we"))
    assert of_kind(acme.close(), WhyRevised) == []
    assert acme.org.whys[why].audience == [acme.tech]


def test_what_it_does_not_owe_yet_is_no_debt_for_the_successor(acme: Merging) -> None:
    why = acme.why(acme.tech)
    assert of_kind(acme.close(), WhyRevised) == []
    assert acme.org.whys[why].audience == [acme.tech]


def test_what_it_is_excused_from_is_no_debt_for_the_successor(acme: Merging) -> None:
    why = acme.why(acme.tech)
    no_part = l.AnswerWhy(why=why, version=1, unit=acme.tech, statement="not us", stance=AnswerStance.NO_PART)
    acme.do(no_part)
    assert of_kind(acme.close(), WhyRevised) == []


def test_a_debt_is_told_once_where_the_successor_is_told_already_or_speaks_the_why_itself(acme: Merging) -> None:
    told = acme.why(acme.tech, acme.sales)
    own = acme.why(acme.tech, unit=acme.sales)
    for why in (told, own):
        acme.do(l.AnswerWhy(why=why, version=1, unit=acme.tech, statement="we"))
    assert of_kind(acme.close(), WhyRevised) == []


def test_a_debt_goes_to_the_successor_from_now_on_after_who_was_told(acme: Merging) -> None:
    why, first = acme.why(acme.tech), acme.now
    acme.do(l.AnswerWhy(why=why, version=1, unit=acme.tech, statement="we"))
    acme.later(days=2)
    (revised,) = of_kind(acme.close(), WhyRevised)
    assert revised.editorial
    assert acme.org.whys[why].told == {acme.tech: first, acme.sales: acme.now}


# -- its people --------------------------------------------------------------------------------------------------------


def test_its_people_are_members_of_the_successor_and_keep_what_they_hold_elsewhere(acme: Merging) -> None:
    both = acme.person(RoleGrant(R.MEMBER, acme.web), RoleGrant(R.EXECUTIVE), RoleGrant(R.MEMBER, acme.tech))
    decision = acme.close()
    people = acme.org.people
    assert people[acme.web_lead].roles == people[acme.web_member].roles == [RoleGrant(R.MEMBER, acme.sales)]
    assert people[both].roles == [
        RoleGrant(R.EXECUTIVE),
        RoleGrant(R.MEMBER, acme.tech),
        RoleGrant(R.MEMBER, acme.sales),
    ]
    changed = {each.person.id for each in of_kind(decision, PersonRolesChanged)}
    assert changed == {acme.web_lead, acme.web_member, both}


def test_who_belongs_to_the_successor_already_gets_no_second_role_there(acme: Merging) -> None:
    acme.do(c.SetRoles(person=acme.sales_lead, roles=[RoleGrant(R.LEAD, acme.sales), RoleGrant(R.MEMBER, acme.web)]))
    acme.close()
    assert acme.org.people[acme.sales_lead].roles == [RoleGrant(R.LEAD, acme.sales)]
    assert acme.org.units[acme.sales].lead == acme.sales_lead


def test_a_successor_without_a_lead_is_led_by_who_led_the_unit_and_one_without_any_stays_without(
    acme: Merging,
) -> None:
    empty, none = acme.unit("Empty"), acme.unit("None")
    acme.close(none, empty)
    assert acme.org.units[empty].lead is None
    acme.close(acme.web, empty)
    assert acme.org.units[empty].lead == acme.web_lead
    assert RoleGrant(R.LEAD, empty) in acme.org.people[acme.web_lead].roles


# -- its questions -----------------------------------------------------------------------------------------------------


def test_whom_it_was_asked_the_successor_is_asked_and_the_time_runs_on(acme: Merging) -> None:
    goal = acme.objective(acme.web)
    asked, due_at = acme.asked(goal, acme.tech), acme.now + timedelta(days=7)
    other = acme.asked(acme.objective(acme.tech), acme.root)
    acme.later(days=2)
    (moved,) = of_kind(acme.close(), QuestionMoved)
    assert moved.before.id == asked
    question = acme.question(asked)
    assert (question.unit, question.asked, question.awaiting) == (acme.tech, acme.sales, acme.sales)
    assert (question.state, question.due_at) == (QuestionState.OPEN, due_at)
    assert acme.question(other).asked == acme.tech


def test_what_it_asked_the_successor_has_asked_and_whoever_was_to_move_still_is(acme: Merging) -> None:
    goal = acme.objective(acme.tech)
    waits, answered = acme.asked(goal, acme.web), acme.asked(goal, acme.web)
    acme.do(l.AnswerQuestion(question=answered, body="So."))
    acme.close()
    for id, awaiting in ((waits, acme.tech), (answered, acme.sales)):
        question = acme.question(id)
        assert (question.unit, question.asked, question.awaiting) == (acme.sales, acme.tech, awaiting)


def test_questions_that_are_over_stay_with_the_unit(acme: Merging) -> None:
    goal = acme.objective(acme.web)
    settled, withdrawn = acme.asked(goal, acme.tech), acme.asked(goal, acme.tech)
    acme.do(l.AnswerQuestion(question=settled, body="So."))
    acme.do(l.SettleQuestion(question=settled, kind=SettlementKind.AGREED, note="fine"))
    acme.do(l.WithdrawQuestion(question=withdrawn))
    assert of_kind(acme.close(), QuestionMoved) == []
    assert acme.question(settled).asked == acme.question(withdrawn).asked == acme.web


def test_a_successor_that_nobody_leads_has_its_questions_answered_from_above(acme: Merging) -> None:
    acme.do(c.UpdateUnit(unit=acme.web, clear=["lead"]))
    acme.do(c.UpdateUnit(unit=acme.sales, clear=["lead"]))
    acme.do(c.UpdateUnit(unit=acme.web, lead=acme.web_member))
    asked = acme.asked(acme.objective(acme.web), acme.tech)
    acme.do(c.UpdateUnit(unit=acme.web, clear=["lead"]))
    acme.close()
    assert acme.question(asked).asked == acme.question(asked).awaiting == acme.root


def test_a_unit_that_asked_itself_is_still_to_answer_until_it_has(acme: Merging) -> None:
    goal = acme.objective(acme.web)
    waits, answered = acme.asked(goal, acme.web), acme.asked(goal, acme.web)
    acme.do(l.AnswerQuestion(question=answered, body="So."))
    acme.do(c.UpdateUnit(unit=acme.web, clear=["lead"]))
    acme.do(c.UpdateUnit(unit=acme.sales, clear=["lead"]))
    acme.close()
    for id, awaiting in ((waits, acme.root), (answered, acme.sales)):
        question = acme.question(id)
        assert (question.unit, question.asked, question.awaiting) == (acme.sales, acme.root, awaiting)


@pytest.mark.parametrize("old", [False, True])
def test_who_was_told_before_the_merger_owes_from_then(acme: Merging, old: bool) -> None:
    """Also by a why of old events, which do not say when each unit was told."""
    why, published = acme.why(acme.web), acme.now
    acme.later(days=1)
    acme.do(c.ReviseWhy(why=why, expected_version=1, audience=[acme.web, acme.tech]))
    told = acme.now
    if old:
        acme.org.begin()
        acme.org.put(replace(acme.org.whys[why], told={}))
        acme.org.commit()
    acme.later(days=1)
    acme.close()
    assert acme.org.whys[why].told == {acme.sales: acme.now, acme.tech: published if old else told}
